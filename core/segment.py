"""Parts of what is said about a brand that are watched by themselves: one theme, or one source.

A segment is written as ``theme:delivery`` or ``source:reddit``; the empty one is the brand as a whole.
"""

from typing import Literal

from core.mention import Mention, Score

WHOLE = ""
Kind = Literal["", "theme", "source"]


def theme_segment(name: str) -> str:
    """The segment of a theme."""
    return f"theme:{name}"


def source_segment(name: str) -> str:
    """The segment of a source."""
    return f"source:{name}"


def parted(segment: str) -> tuple[Kind, str]:
    """Kind and name of a segment; both are empty for the whole."""
    kind, _, name = segment.partition(":")
    return ("theme", name) if kind == "theme" else ("source", name) if kind == "source" else ("", "")


def filters_of(segment: str) -> dict[str, str]:
    """The filters of mentions that count in a segment, as in `core.ports.queries.MentionQuery`; none for the whole."""
    kind, name = parted(segment)
    return {kind: name} if kind else {}


def segments_of(mention: Mention, score: Score) -> tuple[str, ...]:
    """The segments in which a mention counts: its source, and the themes that were read out of it."""
    return (source_segment(mention.source), *(theme_segment(theme) for theme in score.reading.themes))
