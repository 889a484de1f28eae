"""Answering: which mentions need it, how soon, in which words, and whether a reply is fit to be sent."""
