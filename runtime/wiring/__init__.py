"""The only place that picks who answers a port."""
