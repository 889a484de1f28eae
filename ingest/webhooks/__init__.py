"""What others post to the API, as mentions: one file for each way of writing it, all of them pure."""
