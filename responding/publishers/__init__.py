"""Ways to send an approved reply, a file for each network."""
