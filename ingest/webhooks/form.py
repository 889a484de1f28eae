"""A web form, as the site behind it posts it on: name, e-mail, message (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import InputError, RowError
from ingest.mapping import ColumnMap, recognise
from ingest.reading import flatten
from ingest.webhooks.said import Adapter, Context, Outcome, Said, mention_of, moment, own_id

SOURCE = "form"
_EMAIL = ("email", "e-mail", "e_mail", "mail", "電郵", "电邮", "信箱", "邮箱")
_NAME = ("name", "full_name", "姓名", "稱呼", "称呼")
_SUBJECT = ("subject", "topic", "title", "主旨", "主题", "標題", "标题")


def _rows(payload: Any) -> Iterator[object]:
    if not isinstance(payload, dict | list):
        raise InputError("the body is neither a filled form nor a list of them; write {…} or [{…}, …]")
    yield from [payload] if isinstance(payload, dict) else payload


def _read(row: object, number: int, context: Context) -> Outcome:
    if not isinstance(row, dict):
        raise RowError("it is no JSON object")
    values = {name.strip().casefold(): value for name, value in flatten(row).items()}
    columns = ColumnMap(recognise(list(values)))
    message = columns.value("text", values)
    if not message:
        raise RowError("it has no message")
    subject = _first(values, _SUBJECT)
    # One who writes twice, about two things, has one address; names are those of many.
    author = _first(values, _EMAIL) or columns.value("author", values) or _first(values, _NAME)
    mention = mention_of(
        context,
        SOURCE,
        {
            "id": own_id(context, number, columns.value("id", values)),
            "text": f"{subject}\n\n{message}" if subject else message,
            "created_at": moment(columns.value("created_at", values), context.sent_at).isoformat(),
            "author": author,
            "url": columns.value("url", values),
            "language": columns.value("language", values),
        },
    )
    # Not by other names: the company in a form is that of the sender.
    return Said(mention=mention, brand=values.get("brand", ""))


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((values[name].strip() for name in names if values.get(name, "").strip()), "")


FORM = Adapter(_rows, _read)
