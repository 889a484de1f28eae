"""A backtest that says what the alarms were worth."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.smoke.test_cli import one_line, run

__all__ = ["run"]

START = datetime(2026, 3, 2, tzinfo=UTC)
STORM = START + timedelta(days=4, hours=12)


@pytest.fixture
def stream(tmp_path):
    """Four days of two mentions an hour, then a storm of sixty in half an hour."""
    usual = [START + timedelta(minutes=30 * number) for number in range(4 * 48 + 40)]
    storm = [STORM + timedelta(seconds=30 * number) for number in range(60)]
    rows = [f"{at.isoformat()},it broke,Acme|Co" for at in sorted(usual + storm)]
    (tmp_path / "stream.csv").write_text("\n".join(["created_at,text,brand", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text(
        "brand,name,since,until\nAcme|Co,outage,2026-03-06T11:00Z,2026-03-06T16:00Z\n", encoding="utf-8"
    )
    return ["backtest", "stream.csv", "--labels", "negative", "--out", "alerts.jsonl"]


def test_the_report_says_how_soon_and_how_many_were_false(run, stream, tmp_path):
    result = run(*stream, "--events", "events.csv", "--report", "report.md")
    assert result.code == 0, result.err
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| Acme/Co | outage | 2026-03-06 12:0" in report
    assert "Seen: 1 of 1; median delay" in report
    assert "Together: 0 false alarms in 0.7 quiet brand-weeks, 0.00 a week." in report


def test_without_events_every_alarm_is_false_and_printed(run, stream):
    result = run(*stream, "--report", "-")
    assert result.code == 0, result.err
    assert "No real events were named (--events)." in result.out
    assert "Together: 1 false alarms" in result.out


def test_a_brand_that_was_watched_in_silence_is_known_at_once(run, tmp_path):
    rows = [f"{(STORM + timedelta(minutes=minute)).isoformat()},it broke,Acme" for minute in range(12)]
    (tmp_path / "new.csv").write_text("\n".join(["created_at,text,brand", *rows]) + "\n", encoding="utf-8")
    new = ("backtest", "new.csv", "--labels", "negative", "--out", "alerts.jsonl")
    assert "0 alerts" in run(*new).err
    assert " 0 alerts" not in run(*new, "--watched-since", "2026-02-20").err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--events", "events.csv"], "--report"),
        (["--events", "gone.csv", "--report", "-"], "gone.csv"),
        (["--events", "stream.csv", "--report", "-"], "name"),
        (["--report", "report.csv"], ".md"),
        (["--watched-since", "some day"], "no time"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run, stream, more, said):
    assert said in one_line(run(*stream, *more))


def test_an_event_that_ends_before_it_begins_is_named_by_its_row(run, stream, tmp_path):
    (tmp_path / "events.csv").write_text("brand,name,since,until\na,b,2026-01-02,2026-01-01\n", encoding="utf-8")
    assert "row 2" in one_line(run(*stream, "--events", "events.csv", "--report", "-"))


def test_counts_have_no_report(run):
    assert "--counts" in one_line(run("backtest", "--counts", "counts.csv", "--report", "-"))
