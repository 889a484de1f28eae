"""E-mails, in the JSON that services for incoming mail post or a script of your own writes (pure).

Read are the names of Postmark, CloudMailin, Mailgun, Mandrill, Brevo, SparkPost and the plain ``from``, ``to``,
``subject``, ``text``, ``message-id``: whichever stands there, at whatever depth, with or without capitals and dashes.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from core.errors import InputError, RowError
from ingest.markup import without_markup
from ingest.reading import flatten
from ingest.webhooks.said import Adapter, Context, Outcome, Said, mention_of, moment, own_id

SOURCE = "email"
_FROM = (
    "fromfull.email",
    "from.email",
    "from.address",
    "fromemail",
    "from",
    "sender",
    "friendlyfrom",
    "envelope.from",
    "msgfrom",
)
_TO = ("tofull", "to", "recipient", "recipients", "rcptto", "envelope.to", "deliveredto")
_SUBJECT = ("subject",)
# What an answer adds goes before the whole with all that it quotes.
_TEXT = (
    "strippedtextreply", "strippedtext", "replyplain", "extractedmarkdownmessage", "textbody", "bodyplain",
    "rawtextbody", "plain", "text", "content.text",
)  # fmt: skip
_HTML = ("htmlbody", "bodyhtml", "rawhtmlbody", "strippedhtml", "html")
_ID = ("headers.messageid", "messageid")
_DATE = ("headers.date", "date", "sentatdate", "timestamp", "ts")
_ANSWERS = ("headers.inreplyto", "inreplyto")
_THREAD = ("headers.references", "references")
_AUTOMATIC = ("headers.autosubmitted", "autosubmitted")
_ADDRESS = re.compile(r"[^\s<>\"'(),;:\[\]\\@]{1,100}@[^\s<>\"'(),;:\[\]\\@]{1,255}")
_IN_BRACKETS = re.compile(rf"<({_ADDRESS.pattern})>")
_LONGEST_HEADER = 20_000
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
_DROPPED = re.compile(r"[-_\s]")


def _rows(payload: Any) -> Iterator[object]:
    if isinstance(payload, dict) and isinstance(payload.get("items"), list):
        payload = payload["items"]
    if not isinstance(payload, dict | list):
        raise InputError("the body is neither an e-mail nor a list of them; write {…} or [{…}, …]")
    yield from [payload] if isinstance(payload, dict) else payload


def _read(row: object, number: int, context: Context) -> Outcome:
    if not isinstance(row, dict):
        raise RowError("it is no JSON object")
    mail = _Mail(row)
    if mail.find(_AUTOMATIC).lower() not in {"", "no"}:
        return None  # nobody wrote it: out of office, undeliverable
    text = mail.find(_TEXT) or without_markup(mail.find(_HTML)).strip()
    subject = mail.find(_SUBJECT)
    if not (text or subject):
        raise RowError("it has neither a subject nor a text")
    author = next(mail.addresses(_FROM), "")
    message_id = _one_id(mail.find(_ID))
    answers = _one_id(mail.find(_ANSWERS))
    mention = mention_of(
        context,
        SOURCE,
        {
            "id": own_id(context, number, message_id),
            "text": f"{subject}\n\n{text}" if subject else text,
            "created_at": _date(mail.find(_DATE), context.sent_at).isoformat(),
            "author": author,
            "conversation": _one_id(mail.find(_THREAD)) or answers or message_id,
            "in_reply_to": answers,
        },
    )
    return Said(mention=mention, brand=str(row.get("brand") or ""), to=tuple(mail.addresses(_TO)))


class _Mail:
    """A row whose values are found by the ends of their dotted names, whoever wrote them."""

    def __init__(self, row: Mapping[str, object]) -> None:
        self._values = {
            _DROPPED.sub("", name).casefold(): value.strip()
            for name, value in flatten(_with_headers(row)).items()
            if value.strip() and value != "[]"
        }
        self._shallow_first = sorted(self._values, key=lambda name: name.count("."))

    def find(self, names: tuple[str, ...]) -> str:
        """The value of the first of some names that is there."""
        for wanted in names:
            for name in self._shallow_first:
                if name == wanted or name.endswith(f".{wanted}"):
                    return self._values[name]
        return ""

    def addresses(self, names: tuple[str, ...]) -> Iterator[str]:
        """The e-mail addresses in the values of some names, in the order of these; lists included."""
        found: dict[str, None] = {}
        for wanted in names:
            for name in self._shallow_first:
                if name == wanted or name.endswith(f".{wanted}"):
                    value = self._values[name][:_LONGEST_HEADER]
                    # In “"me@home" <me@work.example>” the one in brackets counts.
                    found |= dict.fromkeys(
                        each.lower() for each in _IN_BRACKETS.findall(value) or _ADDRESS.findall(value)
                    )
        yield from found


def _with_headers(row: Mapping[str, object]) -> Mapping[str, object]:
    """The row with lists of headers, ``[{"Name", "Value"}]`` or ``[{"Subject": …}]``, as objects, wherever they are."""
    changed = dict(row)
    for name, value in row.items():
        if isinstance(value, dict):
            changed[name] = _with_headers(value)
        elif isinstance(value, list) and name.casefold() == "headers":
            headers: dict[str, object] = {}
            for each in value:
                here = {key.casefold(): inner for key, inner in each.items()} if isinstance(each, dict) else {}
                headers |= {str(here["name"]): here["value"]} if {"name", "value"} <= here.keys() else here
            changed[name] = headers
    return changed


def _one_id(written: str) -> str:
    """The first id in a header, without its brackets."""
    found = _MESSAGE_ID.search(written)
    return found[1] if found else written.partition(" ")[0]


def _date(written: str, otherwise: datetime) -> datetime:
    try:
        parsed = parsedate_to_datetime(written)
    except (ValueError, IndexError, TypeError, OverflowError):
        return moment(written, otherwise)
    at = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed
    # Years that can't be are left to the same judgement as everywhere.
    try:
        return moment(at.astimezone(UTC).isoformat(), otherwise)
    except OverflowError:
        return otherwise


EMAIL = Adapter(_rows, _read)
