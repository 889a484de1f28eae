"""What tests have to know about kafka-python."""

import pytest
from kafka import KafkaAdminClient

from adapters.kafka_connection import KafkaConnection
from adapters.kafka_topics import TopicPlan

HALF_MADE = pytest.mark.filterwarnings(
    "ignore:.*(socket.socket|ssl.SSLSocket) fd=.*:pytest.PytestUnraisableExceptionWarning"
)
"""A client that is closed while it connects, or fails to, leaves the half-made connection to the garbage collector."""


def forget_topics(connection: KafkaConnection) -> None:
    """Remove the topics of a test: a small broker has no room for those of all tests."""
    admin = connection.client(KafkaAdminClient)
    try:
        admin.delete_topics(list(TopicPlan().topics(connection.prefix)), raise_errors=False)
    finally:
        admin.close()
