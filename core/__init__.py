"""The words of the house: frozen types, events, ports and errors. Pure: no I/O and no clock; only msgspec and regex."""
