"""`python -m sentiment.training --data FOLDER`: train, or go on with training, and leave a finished checkpoint."""

import argparse
from pathlib import Path

from sentiment.training.recipe import Recipe, train


def main() -> None:
    """Read the two folders and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with en/, zh/ and zh-hant/")
    parser.add_argument("--work", type=Path, default=Path("var/training"), help="folder for checkpoints")
    options = parser.parse_args()
    if not (options.data / "en").is_dir():
        raise SystemExit(f"{options.data} has no folder en/: name the data folder with --data (make train DATA=…).")
    print(f"checkpoint: {train(options.data, options.work, Recipe())}")


if __name__ == "__main__":
    main()
