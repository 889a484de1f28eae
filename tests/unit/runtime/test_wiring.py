"""What a process opens, when, and how often."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigurationError, StorageError
from runtime.settings import Settings
from runtime.wiring import backends, judging
from runtime.wiring import house as module
from runtime.wiring.house import House, LateHouse

LONG = 20.0


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    made: list[Settings] = []
    really = module.open_house

    def counted(settings: Settings, **more: Any) -> House:
        made.append(settings)
        return really(settings, **more)

    monkeypatch.setattr(module, "open_house", counted)
    return made


def test_a_late_house_is_opened_once_for_many_threads(tmp_path: Path, attempts: list[Settings]) -> None:
    late = LateHouse(Settings(data_dir=tmp_path / "data"), "alerting")
    start = threading.Barrier(8)

    def ask(number: int) -> House:
        start.wait(LONG)
        return late.open() if number % 2 else late()

    with ThreadPoolExecutor(8) as pool:
        houses = set(map(id, pool.map(ask, range(8))))
    assert houses == {id(late.opened)}
    assert len(attempts) == 1
    late.close()


def test_it_is_asked_again_where_that_failed_and_others_wait_for_that(tmp_path: Path, attempts: list[Settings]) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file where the folder should be")
    late = LateHouse(Settings(data_dir=in_the_way), "alerting")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(late)
        for _ in range(3):
            with pytest.raises(StorageError, match="data"):
                late.open()
        assert late.opened is None
        assert not waiting.done()
        in_the_way.unlink()
        house = late.open()
        assert waiting.result(LONG) is house
    assert len(attempts) == 4
    late.close()


def test_closing_waits_for_no_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trying, there = threading.Event(), threading.Event()

    def hangs(settings: Settings, **_: Any) -> House:
        trying.set()
        there.wait(LONG)
        raise StorageError("away")

    monkeypatch.setattr(module, "open_house", hangs)
    late = LateHouse(Settings(data_dir=tmp_path), "alerting")
    with ThreadPoolExecutor(1) as pool:
        attempt = pool.submit(late.open)
        assert trying.wait(LONG)
        late.close()
        assert not attempt.done()
        there.set()
        with pytest.raises(StorageError, match="away"):
            attempt.result(LONG)


def test_a_bus_that_can_not_be_opened_leaves_no_store_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    really = backends.SqlStore.close

    def close(store: backends.SqlStore) -> None:
        closed.append(store.name)
        really(store)

    monkeypatch.setattr(backends.SqlStore, "close", close)
    (tmp_path / "bus.db").write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    with pytest.raises(StorageError, match=r"bus\.db"):
        module.open_house(Settings(data_dir=tmp_path))
    assert closed == [str(tmp_path / "store.db")]


@pytest.mark.parametrize(
    ("bus", "address", "complains"),
    [
        ("embedded", "", False),
        ("embedded", "postgresql://u:secret@host/name", False),
        ("kafka", "", True),
        ("kafka", "sqlite:////data/store.db", True),
        ("kafka", "postgresql://u:secret@host/name", False),
    ],
)
def test_a_store_that_workers_elsewhere_do_not_see_is_complained_of(bus: str, address: str, complains: bool) -> None:
    complaint = backends.complaint(Settings(bus=bus, database_url=address))  # type: ignore[arg-type]
    assert bool(complaint) == complains
    if complains:
        assert complaint.endswith("set SIXMINUTE_DATABASE_URL to the address of a PostgreSQL database")


def test_words_of_your_own_are_read_and_a_missing_list_is_named(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[themes.toys]\nen = ["teddy bear*"]\n', encoding="utf-8")
    read = judging.reader(Settings(words=str(mine))).read
    assert read("my teddy bear was late", "").themes == ("delivery", "toys")
    with pytest.raises(ConfigurationError, match=r"gone\.toml can't be read"):
        judging.reader(Settings(words=str(tmp_path / "gone.toml")))


def test_the_script_named_first_is_that_of_texts_which_show_none() -> None:
    assert judging.reader(Settings(languages=("zh-Hans", "zh-Hant"))).read("好吃", "").language == "zh-Hans"


def test_a_language_that_no_text_is_ever_found_to_be_in_is_named() -> None:
    """With `eng` in the place of `en`, every English text would go unscored."""
    with pytest.raises(ConfigurationError, match="languages eng: no text"):
        judging.warm_up(Settings(languages=("eng", "zh-Hant")))


def test_files_of_no_model_are_a_matter_of_the_setting_that_names_them(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    for settings, setting in (
        (Settings(model=str(folder)), "SIXMINUTE_MODEL"),
        (Settings(model_other=str(folder)), "SIXMINUTE_MODEL_OTHER"),
        (Settings(model=f"{folder}/gone"), "SIXMINUTE_MODEL"),
    ):
        with pytest.raises(ConfigurationError, match=f"{folder}.* {setting},"):
            judging.check_models(settings)
    judging.check_models(Settings(model_other="somebody/sentiment"))
