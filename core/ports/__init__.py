"""What the middle of the house asks of the outside, as protocols. `runtime/wiring/` picks who answers."""
