"""The HTTP face: JSON under /api/v1, the pages, and live updates."""
