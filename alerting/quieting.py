"""Whether people are told of an incident, asked of the store: the one function for those who tell them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from alerting.quiet import Concern, quiet_by
from core.alert import Incident
from core.ports.store import Store
from core.quiet import Maintenance, Quiet, QuietSettings

_OPEN_AT_ONCE = 200

Silenced = Callable[[Incident | Concern, datetime], datetime | None]
"""Of an incident and a moment: until when nobody is paged over it; None where people are."""


class Quieting:
    """Answers for one incident at a moment.

    Args:
        store: where silences and incidents are kept.
        windows: the maintenance windows of the configuration.
        settings: the settings of inhibition.
    """

    def __init__(
        self, store: Store, windows: Sequence[Maintenance] = (), settings: QuietSettings | None = None
    ) -> None:
        self._store = store
        self._windows = tuple(windows)
        self._settings = settings or QuietSettings()

    def quiet_by(self, incident: Incident | Concern, now: datetime) -> Quiet | None:
        """By what an incident is quiet now; None: people are told of it.

        Ask before every page that opens or raises, each time anew: a silence can be taken back at any moment. Where
        there is an answer, keep what was to be told and ask again at each tick (at the latest at `Quiet.until`); once
        there is none and the incident is still open at that level, tell it then.
        """
        others = self._store.incidents(incident.brand, open_only=True, limit=_OPEN_AT_ONCE).items
        return quiet_by(
            incident,
            now,
            silences=self._store.silences(now),
            windows=self._windows,
            others=others if incident.brand else (),
            settings=self._settings,
        )
