"""How the C library gives memory to tensors."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT = 1 << 30
_LARGEST_ON_HEAP = 32 << 20
"""The most that glibc takes; it refuses more."""


def keep_freed_memory() -> bool:
    """Let freed memory be used again instead of going back to the system at once; whether the C library can.

    What a layer makes is a few megabytes, freed as soon as the next layer has read it. glibc asks the system for each
    block of that size and gives it back, and every page of it is made zero again before its first use: with 8-bit
    integers that took a third of the time, in training a fifth. Only Linux with glibc has the call (mallopt(3));
    elsewhere nothing happens.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is None:
        return False
    return bool(set_option(_TRIM_THRESHOLD, _KEPT) and set_option(_MMAP_THRESHOLD, _LARGEST_ON_HEAP))
