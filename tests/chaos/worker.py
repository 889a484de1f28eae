"""A worker as `sixminute worker STAGE` runs it, but with a classifier that looks for words (it starts in a second and
not in ten) and with a network that keeps a record of what it was sent.

Usage: python -m tests.chaos.worker STAGE, with the settings in the environment and CHAOS_NETWORK=http://… (else the
outbox). CHAOS_CLASSIFIER=none finds everything neutral, for measuring what the rest costs.
"""

import os
import sys
import urllib.request
from collections.abc import Sequence

from core.case import Delivery
from core.mention import Judgement
from runtime import logs, serving
from runtime import settings as settings_module
from runtime.commands.running import listening
from tests.fakes import WordClassifier

_SECONDS = 5.0


class NoClassifier:
    """Answers the `Classifier` port without looking."""

    name = "none"

    def classify(self, texts: Sequence[str]) -> Sequence[Judgement]:
        """Every text is neutral."""
        return [Judgement(0.1, 0.8, 0.1)] * len(texts)


class RecordedNetwork:
    """Answers the `Publisher` port: posts each reply to the record."""

    name = "recorded"
    would_be_sent = False

    def __init__(self, address: str) -> None:
        self._address = address

    def publish(self, delivery: Delivery) -> str:
        """Post it. An answer that doesn't come leaves the outcome unclear, as with any network."""
        request = urllib.request.Request(f"{self._address}/{delivery.id}", data=delivery.text.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            return answer.read().decode()


def main() -> None:
    """Run the stage named on the command line."""
    settings = settings_module.load()
    logs.configure(settings.log, settings.secrets())
    with listening(settings, 0) as listener:
        address = os.environ.get("CHAOS_NETWORK")
        network = RecordedNetwork(address) if address else None
        classifier = NoClassifier if os.environ.get("CHAOS_CLASSIFIER") == "none" else WordClassifier
        serving.serve_stage(settings, listener, sys.argv[1], classifier, network)


if __name__ == "__main__":
    main()
