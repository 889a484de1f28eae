"""What other settings of the alarm would have done: for the command line, the API and the pages."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime

from alerting.settings import AlertingSettings
from alerting.sights import Sights
from alerting.trying import changed
from core.ports.clock import Clock
from core.ports.store import Store
from core.preview import MOST_DAYS, Preview, Previewing


def previewing(store: Store, clock: Clock, settings: AlertingSettings) -> Previewing:
    """Asks as the worker would have judged, that is with what is known of when a brand was watched."""

    def preview(brand: str, changes: Mapping[str, str], days: int, now: datetime) -> Preview:
        # Here, because it needs numpy: an API that nobody asks for this can do without.
        from alerting.preview import Previewer

        # The first days of the range are learned from what lies before it, and that was watched or wasn't as well.
        history = max(settings.history_days, changed(settings, changes).history_days) + MOST_DAYS
        sights = Sights(store, clock, dataclasses.replace(settings, history_days=history))
        return Previewer(store, settings, sights.of).preview(brand, changes, days, now)

    return preview
