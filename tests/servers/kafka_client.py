"""What tests have to know about kafka-python."""

import pytest

HALF_MADE = pytest.mark.filterwarnings(
    "ignore:.*(socket.socket|ssl.SSLSocket) fd=.*:pytest.PytestUnraisableExceptionWarning"
)
"""A client that is closed while it connects, or fails to, leaves the half-made connection to the garbage collector."""
