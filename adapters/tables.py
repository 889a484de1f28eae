"""All tables of the store. `adapters/migrations` makes them; a test holds the two together."""

from adapters import tables_brands, tables_paging, tables_running
from adapters.table_columns import metadata

__all__ = ["SCHEMA", "metadata", "tables_brands", "tables_paging", "tables_running"]

SCHEMA = "0017"
"""The migration that this program works with."""
