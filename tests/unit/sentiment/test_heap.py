"""Asking the C library is harmless where it can't."""

import ctypes
import platform
from types import SimpleNamespace

import pytest

from sentiment.heap import keep_freed_memory


def test_glibc_keeps_what_is_freed() -> None:
    assert keep_freed_memory() == (platform.libc_ver()[0] == "glibc")


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())
    assert not keep_freed_memory()
