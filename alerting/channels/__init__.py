"""Ways to reach a person inside the house, one file each."""
