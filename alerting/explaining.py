"""Why the alerts of a backtest fire, from the recorded mentions alone (pure)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from alerting.evidence import comparable, counts_in, sample, usual_range, why_of, window_of
from alerting.series import MINUTE, minute_of, moment_of
from alerting.settings import AlertingSettings
from alerting.why import Post
from core.alert import Alert, AlertEvent
from core.mention import Label, ScoredMention
from core.why import Why


class Explaining:
    """Gives the alerts of a backtest what the service gives its own; ask in their order.

    Args:
        mentions: all that were recorded.
        settings: the settings; of them the length of the window.
        names: what brands are called, by their names; left out of what is said about them.
    """

    def __init__(
        self, mentions: Iterable[ScoredMention], settings: AlertingSettings, names: Mapping[str, Collection[str]]
    ) -> None:
        self._settings = settings
        self._names = names
        self._opened: dict[str, datetime] = {}
        self._posts: dict[str, list[ScoredMention]] = defaultdict(list)
        # A later one with the same id replaces the earlier one, as it does in the alarm.
        for scored in {one.mention.id: one for one in mentions}.values():
            self._posts[scored.mention.brand].append(scored)
        for posts in self._posts.values():
            posts.sort(key=_posted)

    def why(self, alert: Alert) -> Why | None:
        """What is different about the posts of an alert's window; None of one that lowers or closes an incident."""
        if alert.event not in {AlertEvent.OPENED, AlertEvent.RAISED}:
            return None
        opened_at = self._opened.setdefault(alert.incident, alert.at)
        window = window_of(alert, moment_of(minute_of(alert.at)) + MINUTE, self._settings)
        usual = usual_range(window, opened_at)
        posts = self._posts[alert.brand]
        of_window = posts[bisect_left(posts, window.since, key=_posted) : bisect_left(posts, window.until, key=_posted)]
        before = posts[bisect_left(posts, usual.since, key=_posted) : bisect_left(posts, usual.until, key=_posted)]
        negative = [post for post in before if post.score.label is Label.NEGATIVE]
        names = self._names.get(alert.brand, ())

        def earlier(segment: str) -> list[Post]:
            return sample([post for post in negative if counts_in(post, segment)], usual)

        return why_of(alert, of_window, comparable(alert.segment, earlier), window, usual, names)


def _posted(scored: ScoredMention) -> datetime:
    return scored.mention.created_at
