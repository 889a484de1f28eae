"""From a source to the bus: reading, normalising, matching to brands. It knows core and nothing else."""
