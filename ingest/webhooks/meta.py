"""Meta's webhooks: comments and mentions on Facebook, Instagram and Threads (pure).

See https://developers.facebook.com/docs/graph-api/webhooks/reference and
https://developers.facebook.com/docs/threads/webhooks. What they say is not signed with a time, so an old delivery can
come again; ids and revisions keep that from changing anything.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import InputError, RowError
from ingest.reading import flatten
from ingest.webhooks.said import Adapter, Context, Outcome, Said, mention_of, moment, removal_of

_GONE = frozenset({"remove", "delete", "removed", "deleted"})
_EDITED = frozenset({"edit", "edited", "update", "updated"})
_POSTED = frozenset({"", "add", "added", *_EDITED})
_POSTS = frozenset({"comment", "post", "status", "photo", "video", "share", "album", "link", "note"})


def _rows(payload: Any) -> Iterator[object]:
    deliveries = payload if isinstance(payload, list) else [payload]
    for delivery in deliveries:
        if not isinstance(delivery, dict):
            raise InputError("this is no delivery of Meta: it is no JSON object")
        if "values" in delivery:
            yield from _changes("threads", delivery.get("target_id"), delivery.get("time"), delivery["values"])
            continue
        entries = delivery.get("entry")
        if not isinstance(entries, list):
            raise InputError("this is no delivery of Meta: it has neither `entry` nor `values`")
        for entry in entries:
            here = entry if isinstance(entry, dict) else {}
            # An entry has a list of changes, or is the one change itself; messages are neither.
            changes = here.get("changes", here if "field" in here else [])
            yield from _changes(delivery.get("object"), here.get("id"), here.get("time"), changes)


def _changes(network: object, account: object, time: object, changes: object) -> Iterator[object]:
    for change in changes if isinstance(changes, list) else [changes]:
        inner = change.get("value") if isinstance(change, dict) else change
        for value in inner if isinstance(inner, list) else [inner]:
            field = change.get("field") if isinstance(change, dict) else None
            yield {"object": network, "id": account, "time": time, "field": field, "value": value}


def _read(row: object, _number: int, context: Context) -> Outcome:
    assert isinstance(row, dict)
    if not isinstance(row["value"], dict):
        raise RowError("the change has no value that is a JSON object")
    change = flatten(row)
    reader = _READERS.get((change.get("object", ""), change.get("field", "")))
    return reader(change, context) if reader else None


def _facebook(change: Mapping[str, str], context: Context) -> Outcome:
    """A comment on the page, a post of a visitor, or a post elsewhere that names the page."""
    item, verb = change.get("value.item", "comment"), change.get("value.verb", "")
    network_id = change.get("value.comment_id", "") if item == "comment" else change.get("value.post_id", "")
    if item not in _POSTS:
        return None
    if verb in _GONE:
        return removal_of("facebook", network_id, "it says that a post is gone, but not which")
    if verb not in _POSTED or _is_ours(change, change.get("value.from.id") or change.get("value.sender_id", "")):
        return None
    if change.get("field") == "feed" and not change.get("value.message") and item != "comment":
        return None  # a picture without a word
    said = {
        "id": network_id,
        "text": change.get("value.message", ""),
        "created_at": change.get("value.created_time", ""),
        "author": _first(change, "value.from.name", "value.sender_name", "value.from.id", "value.sender_id"),
        "conversation": change.get("value.post_id", ""),
        "in_reply_to": change.get("value.parent_id", ""),
        "url": _first(change, "value.permalink_url", "value.post.permalink_url"),
    }
    return _said("facebook", said, change, context, (change.get("id", ""),), edited=verb in _EDITED)


def _instagram(change: Mapping[str, str], context: Context) -> Outcome:
    """A comment on a picture of ours, or a mention, of which Instagram tells the ids and not the text."""
    if _is_ours(change, change.get("value.from.id", "")):
        return None
    said = {
        "id": _first(change, "value.id", "value.comment_id", "value.media_id"),
        "text": change.get("value.text", ""),
        "created_at": "",
        "author": _first(change, "value.from.username", "value.username", "value.from.id"),
        "conversation": change.get("value.media.id", ""),
        "in_reply_to": change.get("value.parent_id", ""),
    }
    return _said("instagram", said, change, context, (change.get("id", ""),))


def _threads(change: Mapping[str, str], context: Context) -> Outcome:
    """An answer to a post of ours, or a post that names us."""
    author, owner = change.get("value.username", ""), ""
    if change.get("field") == "replies":
        owner = change.get("value.root_post.username", "")
        if author and author == owner:
            return None
    said = {
        "id": change.get("value.id", ""),
        "text": change.get("value.text", ""),
        "created_at": change.get("value.timestamp", ""),
        "author": author,
        "conversation": change.get("value.root_post.id", ""),
        "in_reply_to": change.get("value.replied_to.id", ""),
        "url": change.get("value.permalink", ""),
    }
    return _said("threads", said, change, context, (change.get("id", ""), owner))


def _said(
    network: str,
    said: dict[str, str],
    change: Mapping[str, str],
    context: Context,
    to: tuple[str, ...],
    *,
    edited: bool = False,
) -> Said:
    if not said["id"]:
        raise RowError("it doesn't say which post it is")
    if not said["text"].strip():
        raise RowError("it came without its text, as mentions on Instagram do: look at the post on the network")
    told = moment(change.get("time", ""), context.sent_at)
    posted = moment(said["created_at"], told)
    # Each edit comes at a later moment than the one before it.
    revision = int(told.timestamp()) if edited else 0
    mention = mention_of(context, network, said | {"created_at": posted.isoformat()}, revision)
    return Said(mention=mention, to=tuple(filter(None, to)))


def _is_ours(change: Mapping[str, str], author: str) -> bool:
    """What we write on our own page isn't said about us."""
    return bool(author) and author == change.get("id")


def _first(change: Mapping[str, str], *names: str) -> str:
    return next((change[name] for name in names if change.get(name)), "")


_READERS = {
    ("page", "feed"): _facebook,
    ("page", "mention"): _facebook,
    ("instagram", "comments"): _instagram,
    ("instagram", "live_comments"): _instagram,
    ("instagram", "mentions"): _instagram,
    ("threads", "replies"): _threads,
    ("threads", "mentions"): _threads,
}
META = Adapter(_rows, _read)
