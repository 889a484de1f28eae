import json
import logging

import pytest
import structlog

from runtime import logs


@pytest.fixture(autouse=True)
def as_before():
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


def test_for_machines_a_line_is_one_json_object_whatever_a_text_holds(capsys):
    logs.configure("json")
    structlog.get_logger().warning("alert", reason="壺雀 \x1b[31mred\nforged line", count=3)
    (line,) = capsys.readouterr().err.splitlines()
    written = json.loads(line)
    assert (written["event"], written["level"], written["count"]) == ("alert", "warning", 3)
    assert "\x1b" not in written["reason"]
    assert "\n" not in written["reason"]


def test_for_people_a_hostile_text_stays_in_its_line(capsys):
    logs.configure("text")
    structlog.get_logger().info("hello", text="one\ntwo\x07")
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert "\x07" not in written
