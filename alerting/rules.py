"""The rules that raise the alarm. Each looks at the trailing window and gives a signal, or none."""

import math
from collections.abc import Mapping, Sequence

import msgspec

from alerting import wording
from alerting.baseline import Expected, Usual
from alerting.names import listed, subject
from alerting.series import Counts
from alerting.settings import AlertingSettings
from alerting.signals import Judged, Signal, View
from alerting.surprise import together
from alerting.tails import count_quantile, share_tail
from core.alert import Level
from core.segment import parted

_MEASURED = 1.8
"""Over long streams alarms open about half as often as the assumptions of `alerting.surprise` say."""

_TENFOLD = 10.0
"""Each further level asks for a share that is so many times less probable."""

_LEAST_SHARE = 0.01
_SURELY = 3.0
_LITTLE = 0.5
"""A share of negative mentions below so much of the usual one is little anger."""

_GOING_ON = 0.5  # decades of surprise, from which on an hour isn't as usual

_BESIDE = 0.25  # times the false alarms put up with: what is meant for reach, beside what is for counts
_SEVERAL = 2
_USUALLY = 0.95
_USUALLY_DEVIATIONS = 1.645


def signals(view: View, settings: AlertingSettings) -> list[Signal]:
    """Everything that is alarming, gravest first; rules that find the same level keep the order of this list.

    Segments are judged by their negative mentions alone: what the other rules look for is found in the whole.
    """
    if view.segment:
        counted = baseline_rule(view, settings)
        return [counted] if counted else []
    found = [
        fixed_rule(view, settings),
        baseline_rule(view, settings),
        sensitive_rule(view, settings),
        share_rule(view, settings),
        reach_rule(view, settings),
        trend_rule(view, settings),
    ]
    return sorted((signal for signal in found if signal), key=lambda signal: -signal.level)


def baseline_rule(view: View, settings: AlertingSettings) -> Signal | None:
    """More negative mentions than usual: the more seldom so many come, the higher the level.

    All windows are judged together, and the one in which so many come most seldom is told.
    """
    judged = _still_going(view, settings)
    top = min(judged, key=lambda window: window.weekly, default=None)
    if top is None or math.isinf(top.weekly):
        return None
    often = together([window.weekly for window in judged])
    level = _level_of_seldom(often, view, settings)
    while level and not _matter([top], level, settings):
        level -= 1
    if not level:
        return None
    low, high = top.expected.band()
    return Signal(
        rule="baseline",
        level=Level(level),
        observed=top.negative,
        expected_low=low,
        expected_high=high,
        reason=wording.risen_unknown(view.brand, top.negative, high, top.minutes)
        if view.usual.learning
        else wording.risen(subject(view.brand, view.segment), top.before, top.negative, (low, high), top.minutes),
        minutes=top.minutes,
        segment=view.segment,
    )


def _level_of_seldom(often: float, view: View, settings: AlertingSettings) -> int:
    bearable = _MEASURED * settings.false_alarms_per_week * view.alarms
    return sum(often <= bearable / settings.level_step**step for step in range(len(Level)))


def sources_rule(view: View, sources: Mapping[str, View], settings: AlertingSettings) -> Signal | None:
    """Several sources rise at once: that is no quarrel in one place, and one level graver than counts alone say.

    A source has risen where so many come there so seldom as is put up with for a whole brand. It never pages an
    executive, and a level still asks for its number of mentions.
    """
    rising = {
        segment: signal
        for segment, of_source in sources.items()
        if (signal := baseline_rule(msgspec.structs.replace(of_source, alarms=1.0), settings)) is not None
    }
    if len(rising) < _SEVERAL:
        return None
    counted = baseline_rule(view, settings)
    highest = max((signal.level for signal in (*rising.values(), counted) if signal), default=Level.BLUE)
    minutes = max(signal.minutes for signal in rising.values())
    windows = [next(one for one in sources[segment].judged if one.minutes == minutes) for segment in rising]
    level = min(highest + 1, Level.ORANGE)
    while level and not _matter(windows, level, settings):
        level -= 1
    if not level or (counted and counted.level >= level):
        return None
    now = sum(window.negative for window in windows)
    low, high = (sum(ends) for ends in zip(*(window.expected.band() for window in windows), strict=True))
    names = [parted(segment)[1] for segment in sorted(rising, key=lambda each: (-rising[each].observed, each))]
    return Signal(
        rule="sources",
        level=Level(level),
        observed=now,
        expected_low=low,
        expected_high=high,
        reason=wording.risen_in_several(view.brand, listed(names), now, (low, high), minutes),
        minutes=minutes,
    )


def reach_rule(view: View, settings: AlertingSettings) -> Signal | None:
    """Negative mentions reach far more followers than usual, be they many or few. It can only warn the team."""
    reach = view.window.reach
    if not settings.reach_rule or reach < settings.reach_minimum:
        return None
    level = min(_level_of_seldom(view.reach_weekly / _BESIDE, view, settings), Level.YELLOW)
    if not level:
        return None
    usual = round(view.usual.reach * settings.window_minutes / 60)
    return Signal(
        rule="reach",
        level=Level(level),
        observed=reach,
        expected_low=0,
        expected_high=usual,
        reason=wording.reached(view.brand, reach, view.window.negative, usual, settings.window_minutes),
    )


def _still_going(view: View, settings: AlertingSettings) -> list[Judged]:
    """The windows, without what a long one only remembers: where the last hour is as usual, it says nothing more."""
    negative = view.window.negative
    more = negative >= settings.level_ratio[0] * view.expected.upper_mean
    # One post where none was expected is more than usual, but no rise.
    if more and view.expected.surprise(negative) >= _GOING_ON:
        return list(view.judged)
    return [
        window if window.minutes <= settings.window_minutes else msgspec.structs.replace(window, weekly=math.inf)
        for window in view.judged
    ]


def _matter(windows: Sequence[Judged], level: int, settings: AlertingSettings) -> bool:
    """Whether there are enough mentions for a level, however seldom so many come."""
    least, ratio = settings.level_minimum[level - 1], settings.level_ratio[level - 1]
    negative = sum(window.negative - window.mistaken for window in windows)
    return negative >= max(least, ratio * sum(window.expected.upper_mean for window in windows))


def usual_volume(expected: Expected, usual: Usual) -> float:
    """Mentions of any kind that are usual in a window: of them the usual share is negative."""
    return expected.judged_mean / max(usual.share, _LEAST_SHARE)


def mistakes(counts: Counts, expected: Expected, usual: Usual, settings: AlertingSettings, *, happier: bool) -> float:
    """Negative mentions that may be mistakes of the model, where more than usual is said that isn't negative.

    Where it calls a share n of such mentions negative, those that it doesn't are (1 - n) of them. Three standard
    deviations are added: what praise may explain raises no alarm. The brand's usual share bounds n. Where the share of
    negative ones hasn't fallen (`happier`), it isn't praise that has grown.
    """
    noise = min(settings.label_noise, usual.share)
    more = counts.total - counts.negative - usual_volume(expected, usual) * (1 - usual.share)
    if noise <= 0 or more <= 0 or not happier:
        return 0.0
    mistaken = noise / (1 - noise) * more
    return mistaken + _SURELY * math.sqrt(mistaken)


def _without_mistakes(share: float, settings: AlertingSettings) -> float:
    """The share that is negative where the model is wrong either way for `label_noise` of the mentions."""
    return max(0.0, share - settings.label_noise) / (1 - 2 * settings.label_noise)


def trend_rule(view: View, settings: AlertingSettings) -> Signal | None:
    """Much is said and little of it is angry: a joke, a prize, a hit. That is worth knowing and nobody's crisis."""
    total, negative = view.window.total, view.window.negative
    usual = usual_volume(view.expected, view.usual)
    if (
        view.usual.learning
        or not settings.trend_rule
        or total < max(settings.trend_ratio * usual, settings.trend_minimum)
    ):
        return None
    angry, usually = (_without_mistakes(share, settings) for share in (negative / total, view.usual.share))
    if view.volume_weekly > settings.false_alarms_per_week or angry > _LITTLE * usually:
        return None
    high = count_quantile(_USUALLY, usual, view.expected.judged_dispersion)
    return Signal(
        rule="trend",
        level=Level.BLUE,
        observed=total,
        expected_low=0,
        expected_high=high,
        reason=wording.trending(view.brand, view.volume_before, total, negative, settings.window_minutes),
    )


def share_counts(view: View, settings: AlertingSettings) -> bool:
    """Whether the share of negative mentions says anything: enough of them, and no fewer complaints than usual.

    In a quiet hour a few voices make the mood.
    """
    total, negative = view.window.total, view.window.negative
    return total >= settings.share_minimum and negative >= view.expected.mean and not view.usual.learning


def share_rule(view: View, settings: AlertingSettings) -> Signal | None:
    """The mood has turned: a far larger share of mentions is negative than usual, with enough of them to tell.

    It can only warn the team (blue or yellow). Where the share is corrected for the model's known error, its rise is
    that of the corrected share, and what is improbable is judged by what the model would count of the usual share.
    """
    if not share_counts(view, settings):
        return None
    total, negative, corrected = view.window.total, view.window.negative, view.corrected
    usual, share, counted = view.usual.share, negative / total, view.usual.share
    if corrected is not None:
        usual, share, counted = corrected.usual, corrected.share, corrected.counted
        if corrected.low <= usual:
            return None
    if share < usual + settings.share_rise:
        return None
    level = _level_of_tail(share_tail(negative, total, counted, settings.share_correlation), settings)
    if not level:
        return None
    effect = 1 + (total - 1) * settings.share_correlation
    margin = _USUALLY_DEVIATIONS * math.sqrt(usual * (1 - usual) * effect / total)
    minutes = settings.window_minutes
    return Signal(
        rule="share",
        level=Level(min(level, Level.YELLOW)),
        observed=round(share, 3),
        expected_low=round(max(usual - margin, 0), 3),
        expected_high=round(min(usual + margin, 1), 3),
        reason=wording.share_risen(view.brand, negative, total, usual, minutes)
        if corrected is None
        else wording.corrected_share_risen(view.brand, (share, corrected.low, corrected.high), usual, minutes),
    )


def sensitive_rule(view: View, settings: AlertingSettings) -> Signal | None:
    """Words of danger, injury, the law or the press raise the alarm at once.

    Counted is what goes beyond the usual number: a brand that is spoken of a thousand times a day always has a joke
    about a lawyer among them, for a small brand the first such mention is news. Words alone never page an executive.
    """
    if not (settings.sensitive_rule and view.window.sensitive):
        return None
    usual = count_quantile(_USUALLY, view.window.total * view.usual.sensitive_share, 0.0)
    level = sum(view.window.sensitive - usual >= least for least in settings.sensitive_levels)
    if not level:
        return None
    return Signal(
        rule="sensitive",
        level=Level(level),
        observed=view.window.sensitive,
        expected_low=0,
        expected_high=usual,
        reason=wording.sensitive_found(view.brand, view.window.sensitive, usual, settings.window_minutes),
    )


def fixed_rule(view: View, settings: AlertingSettings) -> Signal | None:
    """Counts that somebody has set, for those who want them; off by default."""
    negative = view.window.negative
    level = sum(negative >= count for count in settings.fixed_counts)
    if not level:
        return None
    limit = settings.fixed_counts[level - 1]
    return Signal(
        rule="fixed",
        level=Level(level),
        observed=negative,
        expected_low=0,
        expected_high=settings.fixed_counts[0] - 1,
        reason=wording.limit_reached(view.brand, negative, limit, settings.window_minutes),
    )


def _level_of_tail(tail: float, settings: AlertingSettings) -> int:
    blue = settings.blue_probability
    return sum(tail <= blue / _TENFOLD**step for step in range(len(Level)))
