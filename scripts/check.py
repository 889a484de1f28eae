"""Style, types and import rules, each with its own verdict; all of them run, whatever the first ones say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CHECKS = {
    "style": ["ruff", "check", "--quiet", "."],
    "format": ["ruff", "format", "--quiet", "--check", "."],
    "types": ["mypy"],
    "import rules": ["lint-imports"],
}


def main() -> None:
    """Run all checks; print what fails; exit with 1 if anything did."""
    failed = []
    for name, (tool, *arguments) in CHECKS.items():
        done = subprocess.run([BIN / tool, *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
        print(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'}", flush=True)
        if done.returncode != 0:
            failed.append(name)
            print((done.stdout + done.stderr).strip(), flush=True)
    if failed:
        raise SystemExit(f"not in order: {', '.join(failed)}")


if __name__ == "__main__":
    main()
