"""The outside world behind the ports: the bus, the store, the clock and the data directory."""
