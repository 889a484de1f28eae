"""What stands in the log: one line an event, whoever says it, without what must not be there."""

import ast
import json
import logging
import re
import subprocess
import sys
import threading
import warnings
from concurrent.futures import Future
from pathlib import Path

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from core.errors import StorageError
from runtime import logs
from runtime.settings import Settings
from tests.logging_state import logs_as_before
from tests.servers.process import Port

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("core", "ingest", "sentiment", "alerting", "responding", "adapters", "api", "runtime")
METHODS = ("debug", "info", "warning", "error", "critical")
SECRET = "pf%2Fx-Zs7q"  # how a password with a slash stands in an address


@pytest.fixture(autouse=True)
def as_before():
    with logs_as_before():
        yield


def test_for_machines_a_line_is_one_json_object_whatever_a_text_holds(capsys):
    logs.configure("json")
    structlog.get_logger("runtime.x").warning("alert", reason="壺雀 \x1b[31mred\nforged line\u2028\u202e", count=3)
    (line,) = capsys.readouterr().err.splitlines()
    written = json.loads(line)
    assert (written["event"], written["level"], written["logger"], written["count"]) == (
        "alert",
        "warning",
        "runtime.x",
        3,
    )
    assert written["timestamp"].endswith("Z")
    assert "壺雀" in line
    assert not {"\x1b", "\n", "\u2028", "\u202e"} & set(written["reason"])


def test_for_machines_what_libraries_say_is_of_the_same_form(capsys):
    logs.configure("json")
    logging.getLogger("kafka.net.selector").warning("Task %s ran for 0.111s", 1)
    logging.getLogger("kafka.coordinator.assignors.sticky").warning("No partition metadata for topic %s", "x")
    logging.getLogger("kafka.net.transport").error("closing socket")
    logging.getLogger("kafka.coordinator.heartbeat").warning("poll timeout has %s", "expired")
    logging.getLogger("uvicorn.error").error("one\ntwo")
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        logging.getLogger("sqlalchemy.pool").exception("odd")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old \x07", DeprecationWarning, stacklevel=1)
    thread = threading.Thread(target=lambda: {}["gone"])
    thread.start()
    thread.join()
    sys.excepthook(ValueError, ValueError("at the end"), None)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["logger"], line["level"]) for line in lines] == [
        ("kafka.coordinator.heartbeat", "warning"),
        ("uvicorn.error", "error"),
        ("sqlalchemy.pool", "error"),
        ("py.warnings", "warning"),
        ("runtime.logs", "critical"),
        ("runtime.logs", "critical"),
    ]
    assert lines[0]["event"] == "poll timeout has expired"
    assert "ZeroDivisionError" in lines[2]["exception"]
    assert "KeyError: 'gone'" in lines[4]["exception"]
    assert all(line["timestamp"] and line["event"] for line in lines)


def test_for_people_a_hostile_text_stays_in_its_line_and_a_traceback_below_it(capsys):
    logs.configure("text")
    structlog.get_logger("runtime.x").info("hello", text="one\ntwo\x07")
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert "\x07" not in written
    hostile = ValueError("three\n2026-11-25T10:00:00Z [info] forged\x1b")
    failed: Future[None] = Future()
    failed.set_exception(hostile)
    try:
        failed.result()
    except ValueError as error:
        structlog.get_logger("runtime.x").error("fault", exc_info=error)
    first, *more = capsys.readouterr().err.splitlines()
    assert "fault" in first
    assert len(more) > 3
    assert all(line.startswith("    ") for line in more if line)
    assert "\x1b" not in "".join(more)


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_password_of_a_database_is_written_whatever_a_library_says_of_it(capsys, style):
    port = Port()
    url = f"postgresql+psycopg://ada:{SECRET}@{port.address}/six?password=other-Secret"
    logs.configure(style, Settings(database_url=url, kafka_password="kafka-Secret").secrets())
    engine = create_engine(url.partition("?")[0])
    with pytest.raises(OperationalError) as caught, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    caught.value.add_note(f"while connecting to {url} as pf/x-Zs7q")
    logging.getLogger("sqlalchemy.pool").error("can't connect to %s", url, exc_info=caught.value)
    logging.getLogger("kafka.conn").error("sasl_plain_password='kafka-Secret' was refused")
    structlog.get_logger("runtime.x").error(
        "step_failed", reason=f"{url}", more=[{"url": url}], error=StorageError(url), engine=engine
    )
    # One that nobody told of.
    structlog.get_logger("runtime.x").error("odd", address="redis://:hidden-One@host/0", line="PASSWORD = hidden-Two")
    written = capsys.readouterr().err
    assert "OperationalError" in written
    assert str(port.number) in written
    for secret in (SECRET, "pf/x-Zs7q", "other-Secret", "kafka-Secret", "hidden-One", "hidden-Two"):
        assert secret not in written, secret


@pytest.mark.parametrize("secret", ["m\nzzz-secret", "it's-secret", 'a"b\\c-secret', "clé-secret", "密碼-secret"])
@pytest.mark.parametrize(
    "quote",
    [repr, ascii, json.dumps, lambda text: repr(f'"{text}'), str],
    ids=["repr", "ascii", "json", "both quotes", "as it is"],
)
def test_a_secret_is_blotted_however_it_is_quoted(secret, quote):
    blot = logs.Blotter([secret]).in_text
    assert blot(f"no such header: {quote(f'Bearer {secret}')}").count("***") == 1
    assert "secret" not in blot(f"no such header: {quote(f'Bearer {secret}')}")


def test_what_others_bring_about_without_end_is_told_once_a_minute(capsys, monkeypatch):
    logs.configure("text")
    minute = 0

    def said(logger, message, *more):
        record = logging.LogRecord(logger, logging.WARNING, "", 0, message, more, None)
        record.created = 1_000_000 + 60.0 * minute
        logging.getLogger(logger).handle(record)

    for minute in (0, 1, 1.5, 2):
        for _ in range(9):
            said("asyncio", f"socket.accept() out of system resource\nsocket: {minute}")
            said("uvicorn.error", "Invalid HTTP request received.")
            said("uvicorn.error", "something else")
    written = capsys.readouterr().err
    assert written.count("socket.accept() out of system resource") == 3
    assert written.count("Invalid HTTP request received. (8 times more before)") == 1
    assert written.count("Invalid HTTP request received. (17 times more before)") == 1
    assert written.count("something else") == 36


def test_a_line_can_be_written_when_no_file_can_be_opened():
    program = """
import logging, resource
from runtime import logs
logs.configure("text")
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
files = []
try:
    while True:
        files.append(open("/dev/null"))
except OSError:
    logging.getLogger("x").warning("odd\\x1b\\nline")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "odd\\x1b\\nline" in done.stderr
    assert "Logging error" not in done.stderr
    assert done.stderr.count("odd") == 1


def test_what_ends_the_program_is_a_line_for_machines_and_left_to_the_command_line_for_people(capsys):
    logs.configure("json")
    with pytest.raises(SystemExit) as ended, logs.last_words("json"):
        raise StorageError("the disk is gone")
    assert ended.value.code == 1
    written = json.loads(capsys.readouterr().err)
    assert (written["event"], written["reason"]) == ("ended_by_error", "the disk is gone")
    with pytest.raises(StorageError), logs.last_words("text"):
        raise StorageError("the disk is gone")


def test_a_password_is_known_as_it_is_written_and_as_it_is_sent():
    settings = Settings(database_url="postgresql://ada:p%40ss@host:5432/six", kafka_password="k")
    assert set(settings.secrets()) == {"p%40ss", "p@ss", "k"}
    assert not Settings(database_url="postgresql://ada@host:5432/six").secrets()
    assert not Settings(database_url="postgresql://host:5432/six?user=ada").secrets()


def test_docs_list_every_event_with_its_level_and_fields():
    page = (ROOT / "docs/logs.md").read_text(encoding="utf-8")
    listed = {
        (event, level, frozenset(re.findall(r"`(\w+)`", fields)))
        for event, level, fields in re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \|", page, re.MULTILINE)
    }
    assert listed == _events()


def _events() -> set[tuple[str, str, frozenset[str]]]:
    """Every call of a logger in the code: event, level and the names of its fields."""
    found: dict[tuple[str, str], set[str]] = {}
    for file in (file for room in ROOMS for file in (ROOT / room).rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in METHODS):
                continue
            who = ast.unparse(call.func.value)
            if who in {"log", "self._log"} or who.startswith("structlog.get_logger"):
                event = call.args[0]
                assert isinstance(event, ast.Constant), f"{file}: {ast.unparse(call)}"
                assert re.fullmatch(r"[a-z]+(_[a-z]+)*", event.value), f"{file}: {event.value}"
                names = {keyword.arg or "**" for keyword in call.keywords}
                found.setdefault((event.value, call.func.attr), set()).update(names - {"exc_info"})
    return {(event, level, frozenset(fields)) for (event, level), fields in found.items()}
