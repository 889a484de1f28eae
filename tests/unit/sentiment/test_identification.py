import subprocess
import sys
from collections.abc import Iterator

import pytest

from core.errors import ModelError
from sentiment import identification


@pytest.fixture
def forgotten() -> Iterator[None]:
    """As if nobody had asked yet."""
    identification._identifier.cache_clear()
    yield
    identification._identifier.cache_clear()


def test_importing_what_reads_texts_loads_no_identifier() -> None:
    script = (
        "import sys, sentiment.service, sentiment.reading, runtime.wiring.judging, runtime.wiring.web\n"
        "sys.exit(any(name.partition('.')[0] in {'py3langid', 'numpy', 'torch'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_script_alone_decides_without_the_identifier() -> None:
    script = (
        "import sys; from sentiment.reading import read\nread('買了三天就壞了'); sys.exit('py3langid' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.usefixtures("forgotten")
def test_it_is_loaded_once_and_warm_after_warming_up() -> None:
    identification.warm_up()
    assert identification.latin_language("good morning to all of you", "", ("en",)) == "en"
    assert identification._identifier.cache_info().misses == 1


@pytest.mark.usefixtures("forgotten")
def test_what_hinders_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from py3langid.langid import LanguageIdentifier

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", full)
    with pytest.raises(ModelError, match=r"No space left.*TMPDIR"):
        identification.warm_up()


def test_the_neighbours_are_known_to_the_identifier() -> None:
    assert set(identification.NEIGHBOURS) <= set(identification._identifier().labels)
