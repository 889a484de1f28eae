"""Who suggests replies."""

from collections.abc import Sequence

from core.brand import Brand
from responding.advisor import Advisor
from runtime.settings import Settings
from runtime.wiring import judging


def advisor(settings: Settings, brands: Sequence[Brand]) -> Advisor:
    """Who suggests replies and finds their faults.

    Raises:
        ConfigurationError: see `judging.reader`.
    """
    return Advisor(
        judging.reader(settings).read, settings.responding, lambda: brands, {each.source for each in settings.sources}
    )
