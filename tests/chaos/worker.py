"""A worker as `sixminute worker STAGE` runs it, but with a classifier that looks for words (it starts in a second and
not in ten) and with a network that keeps a record of what it was sent.

Usage: python -m tests.chaos.worker STAGE, with the settings in the environment and CHAOS_NETWORK=http://…
"""

import os
import sys
import urllib.request

from core.case import Delivery
from runtime import logs, serving
from runtime import settings as settings_module
from runtime.commands.running import listening
from tests.fakes import WordClassifier

_SECONDS = 5.0


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
        network = RecordedNetwork(os.environ["CHAOS_NETWORK"])
        serving.serve_stage(settings, listener, sys.argv[1], WordClassifier, network)


if __name__ == "__main__":
    main()
