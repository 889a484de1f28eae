"""What paging writes into the log."""

import structlog

from alerting.asking import Report
from core.alert import Alert
from core.case import Case
from core.escalation import Handling
from core.language import Language
from core.paging import Page
from core.policies import PolicyChange

log = structlog.get_logger(__name__)


def write(report: Report, incident: str) -> None:
    """One line for what the rules report of an incident, a test, or a channel."""
    person, channel, reason = report.person, report.channel, report.reason
    match report.what:
        case "page_acknowledged":
            log.info("page_acknowledged", incident=incident, person=person, channel=channel)
        case "page_failed":
            log.warning("page_failed", channel=channel, incident=incident, person=person, reason=reason)
        case "page_given_up":
            log.warning("page_given_up", incident=incident, person=person, reason=reason)
        case "policy_reaches_nobody":
            log.error("policy_reaches_nobody", incident=incident, reason=reason)
        case "escalation_unanswered":
            log.error("escalation_unanswered", incident=incident, reason=reason)
        case "delegation_unanswered":
            log.warning("delegation_unanswered", incident=incident, person=person, reason=reason)
        case "test_page_unanswered":
            log.warning("test_page_unanswered", incident=incident, person=person, reason=reason)


def write_fault(incident: str, error: Exception) -> None:
    """What is to be done over an incident could not be decided: a fault of this program."""
    log.error("paging_failed", incident=incident, exc_info=error)


def write_sent(page: Page, channel: str) -> None:
    """A channel took a page."""
    log.info("page_sent", channel=channel, incident=page.incident, kind=page.kind.value, person=page.person)


def write_dropped(handling: Handling) -> None:
    """What somebody did leads to nothing: no alert of that incident has come for so long that none is waited for."""
    log.warning(
        "handling_dropped",
        incident=handling.incident,
        person=handling.by,
        deed=handling.deed.value,
        at=handling.at.isoformat(),
        reason="paging knows of no such incident; see `alerts` and its dead letters",
    )


def write_policy(change: PolicyChange) -> None:
    """Somebody changed who is paged."""
    log.info("policy_changed", policy=change.name, change=change.what.value, version=change.version, by=change.by)


def write_alert(alert: Alert, language: Language) -> None:
    """An incident opened, rose, fell or closed."""
    log.warning(
        "alert",
        brand=alert.brand,
        change=alert.event.value,
        alert_level=alert.level.name.lower(),
        rule=alert.rule,
        reason=alert.reason[language],
        incident=alert.incident,
        at=alert.at.isoformat(),
    )


def write_urgent(case: Case, language: Language, *, invented: bool) -> None:
    """A case has become urgent; why, in words that tell nothing of what was written.

    Of an `invented` brand there are many within minutes, and nobody waits for an answer: they would hide all else.
    """
    reason = case.why_grade[language]
    if invented:
        log.debug("urgent_case", brand=case.brand, case=case.id, reason=reason)
    else:
        log.warning("urgent_case", brand=case.brand, case=case.id, reason=reason)
