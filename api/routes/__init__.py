"""The JSON API, a module for each subject; every module gives a router for the parts of the program."""
