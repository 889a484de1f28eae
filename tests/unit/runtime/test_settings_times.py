"""Times in the settings, as people write them."""

from datetime import datetime, time
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from runtime import settings
from runtime.settings import Settings

PERSON = '[[people]]\nname = "Bo"\nquiet_to = 07:00:00\n'
ROTATION = '[[people]]\nname = "Bo"\n[[rotations]]\nname = "desk"\npeople = ["Bo"]\n'


def read(folder: Path, text: str) -> Settings:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return settings.load({"SIXMINUTE_CONFIG": str(file)})


@pytest.mark.parametrize("written", ["22:00:00", '"22:00:00"', '"22:00"'])
def test_a_time_of_day_may_be_without_quotes_or_without_seconds(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, f"{PERSON}quiet_from = {written}").people[0].quiet_from == time(22)


def test_an_hour_may_have_one_digit_and_a_moment_no_seconds(tmp_path: Path) -> None:
    assert read(tmp_path, '[paging]\ntest_time = "9:30"').paging.test_time == time(9, 30)
    found = read(tmp_path, f'{ROTATION}starts = "2026-03-02T09:00"\n').rotations[0]
    assert found.starts == datetime(2026, 3, 2, 9)  # noqa: DTZ001 - by the clock in its zone
    calendar = '[[brands]]\nname = "Acme"\n[responding.calendars.Acme]\nopens = "08:30"\n'
    assert read(tmp_path, calendar).responding.calendars["Acme"].opens == time(8, 30)


def test_what_only_looks_like_a_time_is_left_alone(tmp_path: Path) -> None:
    brand = read(tmp_path, '[[brands]]\nname = "22:00"\naliases = ["12:30", "Late"]').brands[0]
    assert (brand.name, brand.aliases) == ("22:00", ("12:30", "Late"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(f"{PERSON}quiet_from = 22:00", "line 4: write 22:00:00, with seconds, or the time in", id="bare"),
        pytest.param("[paging]\ntest_time = 9:30 # early", "line 2: write 09:30:00, with seconds", id="one-digit"),
        pytest.param(f"{ROTATION}starts = 2026-03-02T09:00", "line 6: write 2026-03-02T09:00:00", id="moment"),
        pytest.param(f'{PERSON}quiet_from = "10pm"', "quiet_from: write a time of day such as 22:00:00. Cor", id="pm"),
        pytest.param(f"{PERSON}quiet_from = 2200", "quiet_from: write a time of day such as 22:00:00.", id="number"),
        pytest.param(f'{PERSON}quiet_from = "24:00"', "quiet_from: write a time of day such as 22:00:00", id="24"),
        pytest.param(f'{ROTATION}starts = "Monday"', "starts: write a moment such as 2026-03-02T09:00:00", id="day"),
        pytest.param("[paging]\ntest_time = ", "not valid TOML", id="something-else"),
    ],
)
def test_what_is_no_time_is_told_with_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
