"""Faults while the whole distributed set-up works, and books that must balance afterwards.

`python -m tests.chaos` (``make chaos``) runs many faults and prints a table; `tests/smoke/test_chaos.py` a short set.
"""
