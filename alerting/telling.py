"""The page for what is asked or told, in the language of the person (pure).

Its words stand in `alerting.wording_pages`.
"""

from collections.abc import Callable
from datetime import datetime

from alerting.notices import person_state
from alerting.policies import Person
from alerting.wording_pages import Facts, text_of, title_of
from alerting.wording_why import theme_told
from core.alert import Alert
from core.escalation import Ask, Escalation, EscalationKind
from core.language import Words
from core.paging import ASKING, Page, PageKind
from core.segment import theme_segment

Links = Callable[[str, str, str], tuple[str, str]]
"""Of an incident, a person and a case: the address of the case, or of the incident where the case is empty, and the one
that acknowledges with one tap."""

_NO_WORDS: Words = {"en": "", "zh-Hant": "", "zh-Hans": ""}


def no_links(_incident: str, _person: str, _case: str) -> tuple[str, str]:
    """Where no public address is known."""
    return "", ""


def page_of(  # noqa: PLR0917 - what a page is made of
    ask: Ask, state: Escalation, person: Person, alert: Alert | None, now: datetime, links: Links = no_links
) -> Page:
    """What a person is told. `alert` is the one that it is about, None for tests and faults of the house."""
    cases = state.cases if state.kind is EscalationKind.URGENT else None
    url, acknowledge_url = links(state.incident, person.name, cases.case if cases else "")
    url = url if state.kind in {EscalationKind.INCIDENT, EscalationKind.URGENT} else ""
    acknowledge_url = acknowledge_url if ask.kind in ASKING else ""
    fails = ask.kind is PageKind.CHANNEL_FAILED and state.incident != person_state(ask.about).incident
    facts = Facts(
        kind=ask.kind,
        level=ask.level,
        subject=state.brand or state.source,
        reason=cases.why if cases else alert.reason if alert else _NO_WORDS,
        about=_about(ask, alert),
        cases=cases,
        now=now,
        act_by=_act_by(ask, state),
        zone="" if person.zone == "UTC" else person.zone,
        by="" if fails else ask.about,
        channel=ask.about if fails else "",
        fault=ask.reason if fails else "",
        url=url,
        acknowledge_url=acknowledge_url,
    )
    return Page(
        id=ask.page,
        kind=ask.kind,
        incident=state.incident,
        level=ask.level,
        person=person.name,
        language=person.language,
        title=title_of(facts, person.language),
        text=text_of(facts, person.language),
        at=ask.at,
        brand=state.brand,
        source=state.source,
        url=url,
        acknowledge_url=acknowledge_url,
    )


def _about(ask: Ask, alert: Alert | None) -> Words | None:
    """What the posts are about, where somebody is asked to act and the alert isn't about that theme itself."""
    if alert is None or alert.why is None or ask.kind not in ASKING or not alert.why.themes:
        return None
    return None if alert.segment == theme_segment(alert.why.themes[0].name) else theme_told(alert.why)


def _act_by(ask: Ask, state: Escalation) -> datetime | None:
    """Until when somebody must answer, or when what was promised is due; None where nothing hangs on it."""
    if ask.kind is PageKind.UPDATE_DUE:
        return state.promised_until
    if ask.kind not in ASKING:
        return None
    return state.passing.due if state.passing and state.passing.to == ask.person else state.step_due
