"""What can go wrong, one function each: it makes the fault, lets it last, and mends it again."""

import random
from collections.abc import Callable, Mapping

from adapters.clock import SystemClock
from core.errors import SixminuteError
from core.events import MENTIONS_RAW, MENTIONS_SCORED
from core.ports.bus import Message
from tests.chaos.installation import Installation, Worker

Fault = Callable[[Installation, random.Random], None]

_clock = SystemClock()
_LOOKED_AT = 300


def _some(installation: Installation, picker: random.Random, *stages: str) -> Worker:
    return picker.choice([worker for worker in installation.workers if worker.stage in stages and worker.running])


def _killing(stage: str) -> Fault:
    def kill(installation: Installation, picker: random.Random) -> None:
        worker = _some(installation, picker, stage)
        worker.kill()
        _clock.sleep(picker.uniform(0, 1))
        worker.start()

    return kill


def _stop_a_worker(installation: Installation, picker: random.Random) -> None:
    """In order, in mid-batch: its share goes to the others and comes back."""
    worker = _some(installation, picker, "sentiment", "alerting", "responding", "publisher", "ingest")
    worker.stop()
    _clock.sleep(picker.uniform(0, 2))
    worker.start()


def _stall_a_worker(installation: Installation, picker: random.Random) -> None:
    """For longer than its lease and its session: others take over while it still believes to have its share."""
    worker = _some(installation, picker, "sentiment", "alerting", "responding", "ingest")
    worker.pause()
    _clock.sleep(8 if worker.stage != "ingest" else 17)
    worker.resume()


def _kill_all_of_a_stage(installation: Installation, picker: random.Random) -> None:
    stage = picker.choice(["sentiment", "alerting", "responding", "publisher"])
    for worker in installation.of(stage):
        worker.kill()
    for worker in installation.of(stage):
        worker.start()


def _stop_a_broker(installation: Installation, picker: random.Random) -> None:
    broker = picker.choice(installation.brokers)
    broker.stop()
    _clock.sleep(picker.uniform(0, 2))
    broker.start()


def _kill_a_broker(installation: Installation, picker: random.Random) -> None:
    broker = picker.choice(installation.brokers)
    broker.kill()
    _clock.sleep(picker.uniform(0, 2))
    broker.start()


def _stop_the_database(installation: Installation, picker: random.Random) -> None:
    installation.database.stop()
    _clock.sleep(picker.uniform(0, 2))
    installation.database.start()


def _kill_the_database(installation: Installation, picker: random.Random) -> None:
    installation.database.kill()
    _clock.sleep(picker.uniform(0, 2))
    installation.database.start()


def _disturb_kafka(how: str) -> Fault:
    def disturb(installation: Installation, picker: random.Random) -> None:
        for line in installation.kafka_lines:
            _HOW[how](line)
        _clock.sleep(picker.uniform(0.5, 4))
        for line in installation.kafka_lines:
            line.heal()
            if how == "blackhole":
                line.cut()

    return disturb


def _disturb_database(how: str) -> Fault:
    def disturb(installation: Installation, picker: random.Random) -> None:
        _HOW[how](installation.database_line)
        _clock.sleep(picker.uniform(0.5, 4))
        installation.database_line.heal()
        if how == "blackhole":
            installation.database_line.cut()

    return disturb


_HOW: Mapping[str, Callable[[object], None]] = {
    "cut": lambda line: line.cut(),
    "reset": lambda line: line.reset(),
    "delay": lambda line: line.delay(0.4),
    "throttle": lambda line: line.throttle(20_000),
    "blackhole": lambda line: line.blackhole(),
    "lost answers": lambda line: line.blackhole(answers_only=True),
}


def _deliver_again_in_another_order(installation: Installation, picker: random.Random) -> None:
    """What was on the bus comes once more, shuffled: duplicates, and edits before what they edit."""
    topic = picker.choice([MENTIONS_RAW, MENTIONS_SCORED])
    bus = installation.house.bus
    try:
        seen = list(bus.browse(topic, limit=_LOOKED_AT))
        picker.shuffle(seen)
        bus.publish([Message(each.topic, each.key, each.value) for each in seen])
    except SixminuteError:
        # The driver's own line may still recover from the fault before.
        _clock.sleep(1)


FAULTS: Mapping[str, Fault] = {
    "kill -9 ingest": _killing("ingest"),
    "kill -9 sentiment": _killing("sentiment"),
    "kill -9 alerting": _killing("alerting"),
    "kill -9 responding": _killing("responding"),
    "kill -9 publisher": _killing("publisher"),
    "kill -9 api": _killing("api"),
    "kill -9 all of a stage": _kill_all_of_a_stage,
    "stop a worker": _stop_a_worker,
    "stall a worker": _stall_a_worker,
    "broker stopped and started": _stop_a_broker,
    "broker kill -9": _kill_a_broker,
    "database stopped and started": _stop_the_database,
    "database kill -9": _kill_the_database,
    "lines to Kafka cut": _disturb_kafka("cut"),
    "lines to Kafka reset": _disturb_kafka("reset"),
    "lines to Kafka slow": _disturb_kafka("delay"),
    "lines to Kafka dead": _disturb_kafka("blackhole"),
    "answers of Kafka lost": _disturb_kafka("lost answers"),
    "lines to the database cut": _disturb_database("cut"),
    "lines to the database reset": _disturb_database("reset"),
    "lines to the database slow": _disturb_database("delay"),
    "lines to the database dead": _disturb_database("blackhole"),
    "answers of the database lost": _disturb_database("lost answers"),
    "duplicates in another order": _deliver_again_in_another_order,
}
"""Every fault by the name that the table shows."""
