"""From the columns of somebody's export to a mention."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from core.errors import InputError, RowError
from core.identity import identity
from core.mention import MAX_TEXT, Label, Mention, Origin, mention_id
from ingest.addresses import as_link
from ingest.normalise import normalise, normalise_language, normalise_line
from ingest.times import parse_time

KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "created_at": (
        "created_at", "posted_at", "published_at", "timestamp", "datetime", "date_time", "time", "date", "created",
        "created_utc", "時間", "发布时间", "發布時間", "发表时间", "發表時間", "时间", "日期",
    ),
    "text": (
        "text", "full_text", "content", "body", "message", "tweet", "post", "comment", "內容", "内容", "正文", "內文",
        "微博正文", "留言", "评论",
    ),
    "brand": ("brand", "company", "品牌"),
    "id": ("network_id", "id", "tweet_id", "post_id", "id_str", "status_id", "message_id", "微博id", "編號", "编号"),
    "author": (
        "author", "user", "username", "user_name", "screen_name", "user.screen_name", "user.username", "user.name",
        "author.username", "author.name", "handle", "作者", "用戶", "用户", "用户名", "用户昵称", "暱稱", "昵称",
    ),
    "source": ("source", "network", "channel", "platform", "來源", "来源", "平台"),
    "url": ("url", "link", "permalink", "連結", "链接"),
    "language": ("language", "lang", "language_hint", "語言", "语言"),
    "conversation": ("conversation", "conversation_id", "thread", "thread_id"),
    "in_reply_to": ("in_reply_to", "in_response_to", "in_reply_to_status_id", "reply_to", "parent_id"),
    "followers": (
        "followers", "followers_count", "follower_count", "user.followers_count", "粉絲數", "粉丝数",
    ),
    "label": ("label", "sentiment"),
}  # fmt: skip
"""Fields of a mention and the column names that are taken for them, the likeliest first."""

_REQUIRED = ("created_at", "text")
_MAX_LINE = 200
_MAX_URL = 2_000
_MAX_COLUMNS = 1_000
_SOURCE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_SOURCE_NAMES = {"twitter": "x", "x.com": "x", "twitter.com": "x"}
_FOLLOWERS = re.compile(r"\d{1,12}", re.ASCII)


class ColumnMap(Struct, frozen=True):
    """Which column holds which field; fields without a column are left out."""

    columns: dict[str, str]

    def value(self, field: str, values: Mapping[str, str]) -> str:
        """What a row says for a field, without blanks around it; empty where it says nothing."""
        column = self.columns.get(field)
        return values.get(column, "").strip() if column else ""


class Where(Struct, frozen=True):
    """A condition on a column: its value equals `value`, upper and lower case being the same."""

    column: str
    value: str

    def accepts(self, values: Mapping[str, str]) -> bool:
        """Whether a row fulfils the condition."""
        return values.get(self.column, "").strip().casefold() == self.value


def map_columns(mapping: str, available: Sequence[str]) -> ColumnMap:
    """Find the column of each field: as `mapping` says (``created_at=when,text=body``), the others by common names.

    Raises:
        InputError: a field that there isn't, a column that the file lacks, or no column for the time or the text.
    """
    columns = recognise(available)
    for field, column in _pairs(mapping, "--map", "text=COLUMN,created_at=COLUMN"):
        if field not in KNOWN_NAMES:
            raise InputError(f"--map: there is no field {field}; fields are {', '.join(KNOWN_NAMES)}")
        columns[field] = _present(column, "--map", available)
    for field in _REQUIRED:
        if field not in columns:
            raise InputError(
                f"no column is known to be {field}; say which with --map {field}=COLUMN; {_columns_are(available)}"
            )
    return ColumnMap(columns)


def parse_where(conditions: Iterable[str], available: Sequence[str]) -> tuple[Where, ...]:
    """Conditions such as ``inbound=true``; a row must fulfil all of them.

    Raises:
        InputError: a condition isn't of this form, or the file lacks its column.
    """
    return tuple(
        Where(_present(column, "--where", available), value.casefold())
        for condition in conditions
        for column, value in _pairs(condition, "--where", "COLUMN=VALUE", separator=None)
    )


def make_mention(
    values: Mapping[str, str], columns: ColumnMap, *, brand: str, source: str, ingested_at: datetime, origin: Origin
) -> Mention:
    """The mention of `brand` in a row. `source` is taken where the row names no network.

    Without a column for the id, the post is known by its author, its time and its text, so that the same post in
    another file, or in a second replay, is the same mention.

    Raises:
        RowError: the time can't be read, or the text is empty.
    """
    created_at = _created_at(values, columns)
    text = normalise(columns.value("text", values))[:MAX_TEXT].rstrip()
    if not text:
        raise RowError(f"the text is empty (column {columns.columns['text']})")
    author = normalise_line(columns.value("author", values), _MAX_LINE).removeprefix("@")
    network_id = columns.value("id", values)
    if not network_id or len(network_id) > _MAX_LINE or not network_id.isprintable():
        network_id = identity("post", network_id, author, created_at.isoformat(), text)
    source = source_of(columns.value("source", values), source)
    url = columns.value("url", values)
    return Mention(
        id=mention_id(source, network_id, brand),
        brand=brand,
        source=source,
        network_id=network_id,
        created_at=created_at,
        ingested_at=ingested_at,
        text=text,
        author=author,
        conversation=normalise_line(columns.value("conversation", values), _MAX_LINE),
        in_reply_to=normalise_line(columns.value("in_reply_to", values), _MAX_LINE),
        # Only web addresses become links: “javascript:” must not.
        url=normalise_line(as_link(url), _MAX_URL),
        language_hint=normalise_language(columns.value("language", values)),
        followers=_followers(columns.value("followers", values)),
        origin=origin,
    )


def read_label(values: Mapping[str, str], columns: ColumnMap) -> Label | None:
    """The sentiment that a row carries already; None where it has none of the three."""
    try:
        label = Label(columns.value("label", values).lower())
    except ValueError:
        return None
    return None if label is Label.UNKNOWN else label


def _pairs(text: str, option: str, form: str, separator: str | None = ",") -> Iterable[tuple[str, str]]:
    for pair in text.split(separator) if separator else [text]:
        if not pair.strip() and separator:
            continue
        name, equals, value = pair.partition("=")
        if not (name.strip() and equals and (value.strip() or separator is None)):
            raise InputError(f"{option}: can't read “{pair.strip()}”; write {option} {form}")
        yield name.strip(), value.strip()


def _present(column: str, option: str, available: Sequence[str]) -> str:
    if column in available:
        return column
    raise InputError(f"{option}: the file has no column {column}; {_columns_are(available)}")


def _columns_are(available: Sequence[str]) -> str:
    # Names come from the file too, and may be anything.
    return f"its columns are {normalise_line(', '.join(available), _MAX_COLUMNS)}"


def recognise(available: Sequence[str]) -> dict[str, str]:
    """The columns of fields by common names; a field that no column is known for isn't there."""
    by_name = {column.strip().casefold().replace(" ", "_"): column for column in reversed(available)}
    found = {}
    for field, names in KNOWN_NAMES.items():
        for name in names:
            if name in by_name:
                found[field] = by_name[name]
                break
    return found


def _created_at(values: Mapping[str, str], columns: ColumnMap) -> datetime:
    written = columns.value("created_at", values)
    try:
        return parse_time(written)
    except ValueError as error:
        shown = normalise_line(written, 60)
        raise RowError(f"{columns.columns['created_at']} “{shown}” {error}") from error


def source_of(named: str, otherwise: str) -> str:
    """The network that a row names, as it is called here; `otherwise` where it names none that can be."""
    name = named.lower()
    name = _SOURCE_NAMES.get(name, name)
    return name if _SOURCE.fullmatch(name) else otherwise


def _followers(written: str) -> int | None:
    digits = written.replace(",", "").removesuffix(".0")
    return int(digits) if _FOLLOWERS.fullmatch(digits) else None
