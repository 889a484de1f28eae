"""A backtest says why each alert would have fired, beside the keys that scripts rely on."""

import csv
import json
from datetime import timedelta

from tests.smoke.test_cli import run
from tests.unit.alerting.timeline import START, burst, in_time, ordinary

__all__ = ["run"]

FIXED = {"brand", "incident", "at", "event", "level", "rule", "reason", "observed", "expected_low", "expected_high"}


def test_the_file_of_a_backtest_says_why_and_names_no_author(run, tmp_path):
    crisis = START + timedelta(days=2, hours=12)
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["created_at", "text", "brand", "label", "author", "id"])
        for number, one in enumerate(in_time(ordinary(2.6, rate=0.3), burst(crisis, 60, 40))):
            news = "the lid came loose" if one.mention.id.startswith("burst") else "late"
            text = f"order {'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10 % 10]} {news}"
            writer.writerow(
                [one.mention.created_at.isoformat(), text, "Nimbus", one.score.label, f"ann{number}", number]
            )
    run("backtest", "a.csv", "--labels", "file", "--out", "alerts.jsonl")
    alerts = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(set(alert) >= FIXED for alert in alerts)
    firing = [alert for alert in alerts if alert["event"] in {"opened", "raised"}]
    assert all((alert["why"] is not None) is (alert in firing) for alert in alerts)
    last = firing[-1]
    assert last["why"]["phrases"][0]["text"] == "the lid came loose"
    assert "the lid came loose" in last["why_words"]["zh-Hant"]
    assert {alert["forecast"] and alert["forecast"]["level"] for alert in firing} >= {2}
    assert "ann" not in json.dumps(alerts)
