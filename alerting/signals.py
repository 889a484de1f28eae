"""What the rules look at, and what they find."""

import math

from msgspec import Struct

from alerting.baseline import Expected, Usual
from alerting.series import Counts
from core.alert import Level
from core.language import Words
from core.segment import WHOLE, parted

_NEARLY_ALL = 0.8


class Corrected(Struct, frozen=True, kw_only=True):
    """The share of negative mentions in the window, corrected for the model's known error.

    `share`, `low` and `high` are the estimate and its interval, `usual` is the usual share, corrected as well, and
    `counted` what labels would count if the share were the usual one: in the mix of languages of the window.
    """

    share: float
    low: float
    high: float
    usual: float
    counted: float


class Judged(Struct, frozen=True, kw_only=True):
    """The trailing window of so many minutes: negative mentions in it and in the one before, and what is usual.

    `weekly` is how many times a week the brand reaches such a count. `mistaken` are the negative ones that
    may be mistakes of the model among more talk than usual (see `mistakes`): they are left out of what is judged.
    """

    minutes: int
    negative: int
    before: int
    expected: Expected
    weekly: float
    mistaken: float = 0.0


class View(Struct, frozen=True, kw_only=True):
    """What the rules look at: the trailing window, what is usual, and the windows in which counts are judged.

    `segment` is what is looked at of the brand, `alarms` the part of the false alarms put up with that is meant for it.
    `volume_weekly` is how many times a week so many mentions of any kind come, `reach_weekly` how many times negative
    ones reach so many. `corrected` is None where the share is judged as counted.
    """

    brand: str
    segment: str = WHOLE
    alarms: float = 1.0
    window: Counts
    expected: Expected
    usual: Usual
    judged: tuple[Judged, ...] = ()
    volume_before: int = 0
    volume_weekly: float = math.inf
    reach_weekly: float = math.inf
    corrected: Corrected | None = None

    def is_nearly(self, whole: "View") -> bool:
        """Whether this is a source that is nearly all that there is of the brand: then the whole says it."""
        if parted(self.segment)[0] != "source":
            return False
        return self.usual.upper_level > _NEARLY_ALL * whole.usual.upper_level


class Signal(Struct, frozen=True, kw_only=True):
    """One rule's finding at one moment.

    `observed`, `expected_low` and `expected_high` are mentions in the window; for the rule ``share`` they are shares
    between 0 and 1, for ``reach`` followers. `minutes` is the length of the window, 0 where it is that of the settings.
    `segment` is what was looked at, empty for the whole brand.
    """

    rule: str
    level: Level
    observed: float
    expected_low: float
    expected_high: float
    reason: Words
    minutes: int = 0
    segment: str = WHOLE
