"""How the threads of torch wait for one another."""

import os

_POLICY = "OMP_WAIT_POLICY"


def wait_without_spinning() -> None:
    """Let a thread that is done with its share of a layer sleep until the others are, instead of using up its core.

    Before torch is loaded: OpenMP reads it once. A layer of a small model takes microseconds, and for these a thread
    spins by default while it waits for the others. Where other programs want the cores too, the one that is waited for
    doesn't run, because the others spin: with ten programs on two cores one text took 10 ms or seconds, and batches a
    tenth of their speed. Whoever has set something else keeps it.
    """
    os.environ.setdefault(_POLICY, "passive")
