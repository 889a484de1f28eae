"""`python -m sentiment.training --data FOLDER [--install]`: train or go on with training, measure, install.

With `--install` the finished checkpoint, its figures and its card replace the bundled model.
"""

import argparse
import shutil
from pathlib import Path

import sentiment
from core.errors import InputError
from sentiment.heap import keep_freed_memory
from sentiment.training import card
from sentiment.training.finish import export
from sentiment.training.recipe import Recipe, train

BUNDLED = Path(sentiment.__file__).parent / "model"


def main() -> None:
    """Read the folders, train, measure, and install where that is asked for."""
    parser = argparse.ArgumentParser(prog="sentiment.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with en/, zh/ and zh-hant/")
    parser.add_argument("--work", type=Path, default=Path("var/training"), help="folder for checkpoints")
    parser.add_argument("--install", action="store_true", help="replace the bundled model by the result")
    options = parser.parse_args()
    if not (options.data / "en").is_dir():
        raise SystemExit(f"{options.data} has no folder en/: name the data folder with --data (make train DATA=…).")
    keep_freed_memory()
    recipe = Recipe()
    try:
        learner = train(options.data, options.work, recipe)
    except InputError as error:
        raise SystemExit(str(error)) from error
    finished = options.work / "finished"
    temperature = export(learner, options.data, finished, recipe.seed)
    card.write(finished, card.measure(finished, options.data), recipe, options.data, temperature)
    if options.install:
        shutil.rmtree(BUNDLED, ignore_errors=True)
        shutil.copytree(finished, BUNDLED)
    print(f"checkpoint: {BUNDLED if options.install else finished}")


if __name__ == "__main__":
    main()
