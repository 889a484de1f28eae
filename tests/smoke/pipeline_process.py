"""A process that plays a recording through the whole pipeline until everything is done: what the kill test kills.

Usage: python -m tests.smoke.pipeline_process DATA_DIR RECORDING
The classifier is the one that looks for words, so that a start takes a second and not ten; everything else is real.
"""

import sys
from pathlib import Path

from core.events import CONSUMERS
from ingest.poller import Poller
from ingest.recorded import RecordedFile
from ingest.sources.recording import Recording
from runtime import stages
from runtime.settings import Settings
from runtime.wiring import backends
from runtime.wiring.house import open_house
from tests.fakes import WordClassifier


def main() -> None:
    folder, file = Path(sys.argv[1]), Path(sys.argv[2])
    settings = Settings(data_dir=folder)
    with backends.data_directory(settings).lock():
        house = open_house(settings, sole_consumer=True)
        recording = Recording(RecordedFile(file, brand="Acme"), house.clock)
        poller = Poller(recording, house.bus, house.store, house.clock)
        services = [job.make() for job in stages.jobs(settings, lambda: house, WordClassifier)]
        print("at work", flush=True)
        while True:
            done = poller.step(0.0) + sum(service.step(0.0) for service in services)
            lag = any(house.bus.lag(group, topic) for topic, groups in CONSUMERS.items() for group in groups)
            if not done and poller.finished and not lag:
                break
        for service in services:
            service.close()
        house.close()
    print("done")


if __name__ == "__main__":
    main()
