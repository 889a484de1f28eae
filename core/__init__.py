"""The words of the house: frozen types, events, ports and errors. Pure: no I/O, no clock, nothing but msgspec."""
