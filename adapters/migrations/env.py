"""Alembic runs this file; `adapters.migrate` hands it a connection inside a transaction."""

from alembic import context

from adapters.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
