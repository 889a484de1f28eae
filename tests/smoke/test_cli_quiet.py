"""Silences and the trying of settings from the command line."""

import json
from contextlib import closing
from datetime import timedelta

import pytest

from adapters.clock import SystemClock
from adapters.store import SqlStore
from tests.harness import Application
from tests.smoke.test_cli import one_line, run
from tests.unit.runtime.test_preview_wiring import silent_and_then_loud

__all__ = ["run"]


def test_a_silence_is_added_listed_and_ended(run):
    run("migrate")
    assert run("silence", "list").out == "No silences.\n"
    wanted = ("silence", "add", "--brand", "Acme", "--hours", "2", "--reason", "a\x1b[31m campaign", "--by", "Ada")
    said = one_line(run(*wanted))
    assert "--brand Acme: there is no such brand; there are none. Correct the name, or add --anyway" in said
    assert run("silence", "list").out == "No silences.\n"
    added = run(*wanted, "--anyway").out
    silence_id = added.split()[0]
    assert "Acme, up to orange" in added
    assert "\x1b" not in added
    (listed,) = [json.loads(line) for line in run("silence", "list", "--json").out.splitlines()]
    assert (listed["id"], listed["owner"], listed["level"]) == (silence_id, "Ada", 3)
    assert "ended by Bob" in run("silence", "end", silence_id, "--by", "Bob").out
    assert run("silence", "list").out == "No silences.\n"
    assert silence_id in run("silence", "list", "--all").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--brand", "Acme"], "Say until when"),
        (["--brand", "Acme", "--hours", "1", "--until", "2099-01-01T00:00Z"], "Say until when"),
        (["--hours", "1"], "Name a brand or a source"),
        (["--brand", "Acme", "--hours", "nan"], "--hours nan: choose above 0, at most 720"),
        (["--brand", "Acme", "--hours", "-1"], "--hours -1"),
        (["--brand", "Acme", "--until", "soon"], "--until soon"),
        (["--brand", "Acme", "--until", "2099-01-01T00:00"], "add its zone"),
        (["--brand", "Acme", "--until", "2099-01-01T00:00Z"], "30 days at most"),
        (["--brand", "Acme", "--until", "1999-01-01T00:00Z"], "must lie ahead"),
        (["--brand", "Acme", "--until", "9999-12-31T23:59-12:00"], "a year from 1971 to 2999"),
    ],
)
def test_what_can_not_be_silenced_is_one_line(run, arguments, says):
    run("migrate")
    assert says in one_line(run("silence", "add", "--reason", "x", "--anyway", *arguments))


def test_a_silence_that_is_not_there_is_one_line(run):
    run("migrate")
    assert "no silence s-1" in one_line(run("silence", "end", "s-1"))


@pytest.fixture
def mentioned(tmp_path):
    application = Application(tmp_path)
    application.say("The Acme kettle is broken")
    application.settle()
    application.close()


def test_other_settings_are_tried_and_nothing_is_changed(run, mentioned):
    found = run("preview", "--brand", "Acme", "--set", "false_alarms_per_week=2", "--days", "5").out
    assert "As it is set:    0 incidents" in found
    assert "With false_alarms_per_week = 2: 0 incidents" in found
    told = json.loads(run("preview", "--brand", "Acme", "--json").out)
    assert told["present"] == told["proposed"] == {"incidents": []}


def test_other_settings_are_tried_with_what_is_known_of_when_the_brand_was_watched(run, mentioned, tmp_path):
    run("migrate")
    clock = SystemClock()
    with closing(SqlStore(f"sqlite:///{tmp_path / 'data' / 'store.db'}")) as store:
        silent_and_then_loud(store, clock, clock.now() - timedelta(days=1))
    told = json.loads(run("preview", "--brand", "Acme", "--days", "5", "--json").out)
    assert [one["rule"] for one in told["present"]["incidents"]] == ["baseline"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--brand", "Acme", "--set", "false_alarms"], "write it like"),
        (["--brand", "Acme", "--set", "false_alarms_per_weak=2"], "did you mean 'false_alarms_per_week'"),
        (["--brand", "Acme", "--days", "99"], "days must be 1 to 31"),
        (["--brand", "Acmo"], "No mentions of 'Acmo'; there are: Acme"),
    ],
)
def test_what_can_not_be_tried_is_one_line(run, mentioned, arguments, says):
    assert says in one_line(run("preview", *arguments))
