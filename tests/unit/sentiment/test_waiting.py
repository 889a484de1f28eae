"""What OpenMP itself says of how its threads wait; it is asked in a process of its own, for it looks only once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_LOAD = "from sentiment.classifier import TransformerClassifier as T; T('/nowhere')"
"""It fails for want of a checkpoint, after torch was loaded."""


def spins(**variables: str) -> int:
    """How often a thread looks before it sleeps."""
    inherited = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", _LOAD],
        env={**inherited, "OMP_DISPLAY_ENV": "verbose", "PYTHONPATH": str(Path(__file__).parents[3]), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ModelError" in done.stderr
    (said,) = {line.split("'")[1] for line in done.stderr.splitlines() if "GOMP_SPINCOUNT" in line}
    return int(said)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere torch comes with another OpenMP, or with none")
def test_threads_of_torch_sleep_while_they_wait_unless_somebody_wants_otherwise() -> None:
    assert spins() == 0
    assert spins(OMP_WAIT_POLICY="active") > 0
