"""How the bundled checkpoint is made: `python -m sentiment.training --data FOLDER` (or `make train`)."""
