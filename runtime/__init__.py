"""Where the house is put together: settings, wiring, the running of services, and the command line."""
