"""Commands about the words of a reply: draft and lint."""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from core.errors import InputError
from core.language import LANGUAGES, Language
from core.ports.advisor import ReplyAdvisor
from runtime import settings as settings_module
from runtime.printing import print_json

Channel = Annotated[str, typer.Option("--channel", help="Where it was posted: x, reddit, weibo, email, form …")]
_CLOCKS_APART = timedelta(minutes=1)
"""How far in the future a post may seem to be: the clock of its network needn't be ours."""

InLanguage = Annotated[str, typer.Option("--language", help="Language of the messages: en, zh-Hant or zh-Hans.")]


def draft(
    channel: Channel,
    text: Annotated[str, typer.Option("--text", help="What the customer wrote; - reads standard input.")],
    brand: Annotated[str, typer.Option("--brand", help="The brand it is about.")] = "",
    created_at: Annotated[
        str, typer.Option("--created-at", help="When it was posted (RFC 3339); now if left out.")
    ] = "",
    language: InLanguage = "en",
) -> None:
    """Drafts of a reply with grade, windows and lint findings, as JSON."""
    from core.shapes import suggestion_json
    from ingest.times import parse_time
    from runtime.wiring import backends, replies

    settings = settings_module.load(pages=False)
    now = backends.system_clock().now()
    try:
        posted = parse_time(created_at) if created_at else now
    except ValueError as error:
        raise InputError(f"--created-at {created_at}: {error}") from None
    if posted - now > _CLOCKS_APART:
        raise InputError(f"--created-at {created_at}: that is still to come; name when it was posted")
    advisor = replies.advisor(settings, settings.brands)
    _check_channel(channel, advisor)
    suggestion = advisor.suggest(channel, _text(text, "--text"), posted, brand)
    print_json(suggestion_json(suggestion, _language(language)))


def lint(
    channel: Channel,
    text: Annotated[str, typer.Option("--text", help="The reply; - reads standard input.")],
    reply_to: Annotated[str, typer.Option("--reply-to", help="What it answers.")] = "",
    language: InLanguage = "en",
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 where the reply must not be sent.")] = False,
) -> None:
    """Faults of a reply, as JSON."""
    from core.shapes import findings_json
    from runtime.wiring import replies

    settings = settings_module.load(pages=False)
    advisor = replies.advisor(settings, settings.brands)
    _check_channel(channel, advisor)
    found = advisor.lint(channel, _text(text, None), reply_to)
    answer = findings_json(found, _language(language))
    print_json(answer)
    if check and not answer["ok"]:
        raise typer.Exit(1)


def _check_channel(given: str, advisor: ReplyAdvisor) -> None:
    known = advisor.channels()
    if given.strip().lower() not in known:
        raise InputError(
            f"--channel {given}: choose one of {', '.join(known)}; [responding.places] in sixminute.toml takes more"
        )


def _text(given: str, needed: str | None) -> str:
    text = sys.stdin.read() if given == "-" else given
    if needed and not text.strip():
        raise InputError(f"{needed} is empty: give the text, or - to read it from standard input")
    return text


def _language(given: str) -> Language:
    for language in LANGUAGES:
        if language == given:
            return language
    raise InputError(f"--language {given}: choose one of {', '.join(LANGUAGES)}")
