"""Times as exports write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.times import parse_time

MOMENT = datetime(2017, 10, 31, 22, 10, 47, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2017-10-31T22:10:47Z",
        "2017-10-31t22:10:47z",
        " 2017-10-31 22:10:47 ",
        "2017-10-31 22:10:47 UTC",
        "2017-10-31T22:10:47.000000000+00:00",
        "2017-11-01 06:10:47 +0800",
        "2017-11-01T06:10:47+08",
        "2017-10-31T17:40:47-04:30",
        "2017/10/31 22:10:47",
        "2017年10月31日 22:10:47",
        "Tue Oct 31 22:10:47 +0000 2017",
        "1509487847",
        "1509487847.0",
        "1509487847000",
        "1509487847000000",
    ],
)
def test_forms_of_one_moment(text: str) -> None:
    assert parse_time(text) == MOMENT


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-02-17T07:36:05.621Z", datetime(2015, 2, 17, 7, 36, 5, 621000, tzinfo=UTC)),
        ("2015/2/7 7:36", datetime(2015, 2, 7, 7, 36, tzinfo=UTC)),
        ("20150217", datetime(2015, 2, 17, tzinfo=UTC)),
        ("2015-02-17", datetime(2015, 2, 17, tzinfo=UTC)),
    ],
)
def test_shorter_and_finer_forms(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no time"),
        ("yesterday", "no time"),
        ("10/31/2017", "no time"),
        ("2017-02-30", "calendar"),
        ("2017-10-31T25:00:00Z", "calendar"),
        ("2017-10-31T22:10:47+99:00", "calendar"),
        ("Tue Foo 31 22:10:47 +0000 2017", "calendar"),
        ("0001-01-01T00:00:00+14:00", "calendar"),
        ("1889-01-01", "1889"),
        ("2101-01-01", "2101"),
        ("99999999999999999", "5138"),
        ("100000000", "1973"),
    ],
)
def test_impossible_times_are_refused_with_a_reason(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_time(text)


@given(st.text())
def test_nothing_but_a_value_error_comes_of_any_text(text: str) -> None:
    try:
        found = parse_time(text)
    except ValueError:
        return
    assert found.utcoffset() == timedelta(0)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2100, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_what_python_writes_is_read_back(moment: datetime) -> None:
    offset = moment.utcoffset()
    if offset is not None and offset.seconds % 60 == 0:
        # Compared in UTC: Python calls a moment in the hour that comes twice unequal to itself in another zone.
        assert parse_time(moment.isoformat()) == moment.astimezone(UTC)
