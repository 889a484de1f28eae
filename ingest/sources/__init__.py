"""One module for each way that mentions come in."""
