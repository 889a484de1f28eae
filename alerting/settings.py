"""Everything about the alarm that a user may change."""

import math
from dataclasses import dataclass
from datetime import timedelta

from core.errors import ConfigurationError
from core.language import Language
from core.sight import Patience

_DAY = 24 * 60
_MOST_FALSE_ALARMS = 100
_MOST_DAYS = 3_650
"""Far more than is kept; beyond the calendar, moments can't be worked out."""
_MOST_MINUTES = 31 * _DAY
"""For which an incident may stay as it is: whoever looks waits through every one of them."""
_MOST = 1e9

BOUNDS: tuple[tuple[float, float, str, tuple[str, ...]], ...] = (
    (
        math.ulp(0.0),
        _MOST,
        f"above 0, at most {_MOST:.0f}",
        (
            "false_alarms_per_week",
            "level_ratio",
            "prior_per_hour",
            "usual_dispersion_hours",
            "rhythm_ratio",
            "prior_share_mentions",
        ),
    ),
    (math.ulp(0.0), _MOST_DAYS, f"above 0, at most {_MOST_DAYS}", ("half_life_days", "rhythm_days")),
    (
        1,
        _MOST,
        f"from 1 to {_MOST:.0f}",
        (
            "window_minutes",
            "windows",
            "level_step",
            "level_minimum",
            "share_minimum",
            "trend_minimum",
            "trend_ratio",
            "reach_minimum",
            "sensitive_levels",
            "fixed_counts",
            "silence_times",
            "silence_least_seconds",
        ),
    ),
    (1, _MOST_DAYS, f"from 1 to {_MOST_DAYS}", ("history_days",)),
    (1, _MOST_DAYS * 24, f"from 1 to {_MOST_DAYS * 24}", ("learning_hours",)),
    (1, _MOST_MINUTES, f"from 1 to {_MOST_MINUTES}", ("silence_most_minutes",)),
    (
        0,
        _MOST,
        f"from 0 to {_MOST:.0f}",
        ("prior_dispersion", "rhythm_dispersion", "hour_variation", "usual_dispersion", "blind_mentions"),
    ),
    (0, _MOST_DAYS // 7, f"from 0 to {_MOST_DAYS // 7}", ("weekday_weeks",)),
    (0, _MOST_DAYS * 24, f"from 0 to {_MOST_DAYS * 24}", ("blind_hours", "level_shift_hours")),
    (
        0,
        _MOST_MINUTES,
        f"from 0 to {_MOST_MINUTES}",
        ("calm_minutes", "close_minutes", "reopen_minutes", "lateness_minutes", "future_minutes"),
    ),
    (0, 0.45, "from 0 to 0.45", ("label_noise",)),
    (
        0,
        1,
        "from 0 to 1",
        (
            "share_rise",
            "prior_share",
            "share_correlation",
            "least_sensitive_share",
            "segment_alarms",
        ),
    ),
)
"""Least and highest value, the same in words, and the settings that it holds for; of several counts each must fit."""


@dataclass(frozen=True)
class AlertingSettings:
    """When to raise the alarm, and when to let it go. Times are event time (when people posted).

    What decides:

    - `false_alarms_per_week`: how many false alarms a week a brand puts up with. The one knob for sensitivity.
    - `window_minutes`: length of the trailing window that is counted and shown. `windows`: lengths in minutes of those
      in which negative counts are judged: short ones see a sudden rise while it begins, a long one sees what creeps.
    - `level_step`: each further level asks for what comes so many times less often. With the defaults blue is what
      comes about once a week, yellow once a month, orange once in four months, red once a year.
    - `level_minimum`: fewest negative mentions in the window for blue, yellow, orange and red. Five complaints are
      nobody's crisis, however rare they are.
    - `level_ratio`: and at least so many times the expected count.

    What is usual:

    - `history_days`: how far back the usual level is learned from; `half_life_days`: age at which an hour counts half.
    - `learning_hours`: hours of history before a brand is judged by its own past. Until then it is taken for a brand
      of `prior_per_hour` negative mentions an hour, known only within a very wide margin (`prior_dispersion`, the
      squared coefficient of variation), so that its own first hours soon outweigh that. What remains is that nothing
      is known of its nights and mornings: quiet hours may be followed by busier ones, up to `rhythm_ratio` times as
      many mentions (but no more than `prior_per_hour`), with a dispersion of `rhythm_dispersion`.
    - `hour_variation`: coefficient of variation, expected beforehand, of a brand's hours of the day among themselves.
    - `usual_dispersion`: squared coefficient of variation, expected beforehand, of the same hour on different days,
      over and above Poisson noise; it weighs as much as `usual_dispersion_hours` hours of history.
    - `rhythm_days`: days of history before the rhythm of the day is trusted at all. Until then no hour is expected to
      be quieter than the busier half of the day, and after twice as long each hour stands for itself. So a rise in
      the morning of the second day is no alarm.
    - `weekday_weeks`: weeks of history before the days of the week are told apart.
    - `blind_hours`, `blind_mentions`: a stretch without any mention is no quiet period but a failed source where it is
      longer than `blind_hours` and would usually have brought `blind_mentions` or more.
    - `level_shift_hours`: what comes in while an incident is open doesn't count as usual, until it has lasted so long.

    Share of negative mentions: at least `share_minimum` mentions in the window, and `share_rise` above the usual share.
    The usual share starts from `prior_share`, which weighs as much as `prior_share_mentions` mentions;
    `share_correlation` is how alike the mentions of one hour are (0: independent, 1: all the same). With
    `correct_share` the share is judged as corrected for the model's known error, where that can be done; else the
    corrected share is only told.

    Trends: of the mentions that aren't negative the model calls `label_noise` negative by mistake (or the brand's usual
    share, where that is lower), so that much praise isn't taken for some anger. `trend_rule` tells of at least
    `trend_minimum` mentions in the window, `trend_ratio` times as many as usual, few of which are negative; it is blue.

    Reach: `reach_rule` warns the team where negative mentions reach far more followers than usual, `reach_minimum` or
    more in the window, be they many or few.

    Segments: with `segment_rule` each theme and each source is watched by itself. All of them together may give
    `segment_alarms` times as many false alarms as the brand as a whole. `sources_rule` takes several sources that rise
    at once for one level graver.

    Sensitive words: `sensitive_rule` switches the rule. `sensitive_kinds` count unless the mention is positive, those
    in `sensitive_any_tone` always (irony about a burning phone reads as praise). `sensitive_levels` are the mentions
    in the window, above what is usual, for blue, yellow and orange; words alone never make it red. The usual share of
    such mentions is learned, but never taken below `least_sensitive_share`: where forty speak of a brand in an hour,
    a single joke about a lawyer is no event, where five do it is.

    Fixed counts: `fixed_counts` are negative mentions in the window for blue, yellow, orange and red; empty switches
    the rule off.

    Letting go: a level falls by one after `calm_minutes` without a signal of that level, an incident closes
    after `close_minutes` without any signal. A new signal within `reopen_minutes` after closing opens the same
    incident again.

    Stream: mentions that are up to `lateness_minutes` late are waited for before calm is declared. Mentions dated more
    than `future_minutes` ahead of the clock don't carry event time along.

    Sources: one is blind when its network has given no sign of life for `silence_times` times as long as it usually
    takes, but not before `silence_least_seconds` and not later than after `silence_most_minutes`.

    People: `page_language` is the language in which they are told.
    """

    false_alarms_per_week: float = 1.0
    window_minutes: int = 60
    windows: tuple[int, ...] = (5, 20, 60, 360)
    level_step: float = 4.0
    level_minimum: tuple[int, int, int, int] = (6, 10, 20, 40)
    level_ratio: tuple[float, float, float, float] = (1.3, 1.75, 2.5, 4.0)

    history_days: int = 28
    half_life_days: float = 14.0
    learning_hours: int = 24
    prior_per_hour: float = 20.0
    prior_dispersion: float = 1.5
    rhythm_ratio: float = 3.0
    rhythm_dispersion: float = 0.5
    hour_variation: float = 0.6
    usual_dispersion: float = 0.05
    usual_dispersion_hours: float = 24.0
    rhythm_days: float = 7.0
    weekday_weeks: int = 3
    blind_hours: int = 6
    blind_mentions: float = 30.0
    level_shift_hours: int = 48

    share_minimum: int = 30
    share_rise: float = 0.15
    prior_share: float = 0.35
    prior_share_mentions: float = 30.0
    share_correlation: float = 0.03
    correct_share: bool = False

    label_noise: float = 0.1
    trend_rule: bool = True
    trend_minimum: int = 60
    trend_ratio: float = 3.0

    reach_rule: bool = True
    reach_minimum: int = 50_000

    segment_rule: bool = True
    segment_alarms: float = 0.25
    sources_rule: bool = True

    sensitive_rule: bool = True
    sensitive_kinds: frozenset[str] = frozenset(
        {"safety", "injury", "legal", "media", "regulator", "data_leak", "boycott"}
    )
    sensitive_any_tone: frozenset[str] = frozenset({"safety", "injury"})
    sensitive_levels: tuple[int, int, int] = (2, 3, 6)
    least_sensitive_share: float = 0.003

    fixed_counts: tuple[int, ...] = ()

    calm_minutes: int = 30
    close_minutes: int = 60
    reopen_minutes: int = 360

    lateness_minutes: int = 2
    future_minutes: int = 5

    silence_times: float = Patience().times
    silence_least_seconds: float = Patience().least / timedelta(seconds=1)
    silence_most_minutes: float = Patience().most / timedelta(minutes=1)

    page_language: Language = "en"

    @property
    def silence(self) -> Patience:
        """How long the network of a source may be silent."""
        return Patience(
            times=self.silence_times,
            least=timedelta(seconds=self.silence_least_seconds),
            most=timedelta(minutes=self.silence_most_minutes),
        )

    @property
    def blue_probability(self) -> float:
        """Tail probability of a share for the lowest level.

        A week has 168 hours; looked at every minute, the hour that trails behind crosses a line about three times as
        often as separate hours do (clumping of a moving sum; Aldous, "Probability Approximations via the Poisson
        Clumping Heuristic", 1989).
        """
        windows = 7 * 24 * 60 / self.window_minutes
        return self.false_alarms_per_week / (3 * windows)

    def __post_init__(self) -> None:
        for least, highest, must, names in BOUNDS:
            for name in names:
                value = getattr(self, name)
                if not all(least <= each <= highest for each in (value if isinstance(value, tuple) else (value,))):
                    raise ConfigurationError(f"{name} must be {must}, not {value}")
        if self.false_alarms_per_week > _MOST_FALSE_ALARMS:
            raise ConfigurationError(f"false_alarms_per_week must be at most {_MOST_FALSE_ALARMS}")
        for name, longest in (("window_minutes", self.window_minutes), ("windows", max(self.windows, default=0))):
            if longest > _DAY:
                raise ConfigurationError(f"{name} must be at most {_DAY}")
        if not self.windows or list(self.windows) != sorted(set(self.windows)):
            raise ConfigurationError("windows must be one or more lengths in minutes, each longer than the one before")
        if len(self.fixed_counts) not in {0, 4} or list(self.fixed_counts) != sorted(self.fixed_counts):
            raise ConfigurationError(
                "fixed_counts must be four rising counts (blue, yellow, orange, red), or none to switch the rule off"
            )
        if self.close_minutes < self.calm_minutes:
            raise ConfigurationError("close_minutes must not be shorter than calm_minutes")
