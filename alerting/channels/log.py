"""Tells of alerts in the program's own log."""

import structlog

from core.alert import Alert
from core.language import Language


class LogChannel:
    """Writes one structured line for each alert; always there, needs nothing."""

    name = "log"

    def __init__(self) -> None:
        self._log = structlog.get_logger(__name__)

    def deliver(self, alert: Alert, language: Language) -> None:
        """Write the line."""
        self._log.warning(
            "alert",
            brand=alert.brand,
            change=alert.event.value,
            alert_level=alert.level.name.lower(),
            rule=alert.rule,
            reason=alert.reason[language],
            incident=alert.incident,
            at=alert.at.isoformat(),
        )
