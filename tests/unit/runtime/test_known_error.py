"""Of which languages the error of the model in use is known."""

from pathlib import Path

import msgspec
import pytest

from core.model_error import Confusion, GivenCounts
from runtime.settings import Settings
from runtime.wiring import judging

SOME = Confusion(GivenCounts(3, 2, 1), GivenCounts(1, 4, 1), GivenCounts(0, 1, 5))


@pytest.mark.parametrize(
    ("languages", "known"),
    [
        (("zh-Hant",), {"zh-Hant", "und"}),
        (("zh-Hant", "es"), {"zh-Hant", "und"}),
        (("en", "zh-Hant", "zh-Hans"), {"en", "zh-Hant", "und"}),
    ],
)
def test_of_languages_that_another_checkpoint_judges_nothing_is_known(
    tmp_path: Path, languages: tuple[str, ...], known: set[str]
) -> None:
    figures = dict.fromkeys(("en", "zh-Hant", "und"), SOME)
    (tmp_path / "confusion.json").write_bytes(msgspec.json.encode(figures))
    found = judging.known_error(Settings(model=str(tmp_path), model_other="some/other", languages=languages))
    assert found == dict.fromkeys(known, SOME)
