"""Why an alert fired. Shares are between 0 and 1; every number comes with the address of the posts behind it."""

from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import Field

from api.answer import Answer
from api.schemas.examples import AT, MENTION_ID
from api.whys import Explanation, Filters
from core.why import Doubt

_MENTIONS = "/api/v1/mentions"
_ADDRESS = "/api/v1/mentions?brand=Lumenbread&label=negative&theme=safety"


def _address(filters: Filters) -> str:
    return f"{_MENTIONS}?{urlencode(filters)}"


class GrownOut(Answer):
    """A theme or a network that more posts are about than usual."""

    name: str = Field(examples=["safety"])
    posts: int = Field(examples=[12])
    share: float = Field(description="Of all posts that were looked at.", examples=[0.6])
    usual: float = Field(description="The same share among earlier posts.", examples=[0.05])
    mentions: str = Field(description="The address of these posts.", examples=[_ADDRESS])


class PhraseOut(Answer):
    """Words that have become more frequent."""

    text: str = Field(examples=["caught fire"])
    posts: int = Field(examples=[9])
    share: float = Field(examples=[0.45])
    usual: float = Field(examples=[0.01])
    z: float = Field(description="How surely it grew, in standard deviations.", examples=[4.2])
    mentions: str = Field(description="The address of these posts.", examples=[_ADDRESS])


class RepeatedOut(Answer):
    """One text that many posts repeat, but for links, names, figures and punctuation."""

    posts: int = Field(examples=[38])
    authors: int = Field(examples=[31])
    example: str | None = Field(
        description="The id of one of the posts; null once it is erased.", examples=[MENTION_ID]
    )
    mentions: str = Field(description="The address of these posts.", examples=[_ADDRESS])


class VoiceOut(Answer):
    """One of the authors with the widest reach."""

    author: str = Field(examples=["toast_and_jam"])
    source: str = Field(examples=["x"])
    followers: int = Field(examples=[18400])
    posts: int = Field(examples=[2])
    mention: str = Field(description="The id of the latest of their posts.", examples=[MENTION_ID])
    mentions: str = Field(description="The address of these posts.", examples=[_ADDRESS])


class WhyOut(Answer):
    """What was different about the posts of an alert's window, compared with a sample of the days before."""

    since: datetime = Field(examples=[AT])
    until: datetime = Field(description="Before this moment.", examples=[AT])
    sensitive: bool = Field(description="Looked at were posts with sensitive words, not negative ones.")
    posts: int = Field(description="So many posts were looked at.", examples=[20])
    mentions: str = Field(description="The address of these posts.", examples=[_ADDRESS])
    compared: int = Field(description="With so many negative ones of the days before.", examples=[1400])
    usual_since: datetime = Field(examples=[AT])
    usual_until: datetime = Field(examples=[AT])
    authors: int = Field(description="Distinct authors that are known.", examples=[17])
    themes: tuple[GrownOut, ...]
    phrases: tuple[PhraseOut, ...]
    repeated: tuple[RepeatedOut, ...]
    voices: tuple[VoiceOut, ...]
    sources: tuple[GrownOut, ...]
    samples: tuple[str, ...] = Field(description="Ids of typical posts, no two alike.", examples=[[MENTION_ID]])

    @classmethod
    def of(cls, told: Explanation) -> "WhyOut":
        """What is known of why an alert fired."""
        why = told.why
        return cls(
            since=why.since,
            until=why.until,
            sensitive=why.sensitive,
            posts=why.posts,
            mentions=_address(told.behind()),
            compared=why.compared,
            usual_since=why.usual_since,
            usual_until=why.usual_until,
            authors=why.authors,
            themes=tuple(
                GrownOut(
                    name=one.name,
                    posts=one.posts,
                    share=one.share,
                    usual=one.usual,
                    mentions=_address(told.behind(theme=one.name)),
                )
                for one in why.themes
            ),
            phrases=tuple(
                PhraseOut(
                    text=one.text,
                    posts=one.posts,
                    share=one.share,
                    usual=one.usual,
                    z=one.z,
                    mentions=_address(told.behind(search=one.text)),
                )
                for one in why.phrases
            ),
            repeated=tuple(
                RepeatedOut(
                    posts=one.posts,
                    authors=one.authors,
                    example=one.example or None,
                    mentions=_address(told.of_copies(stored)),
                )
                for one, stored in told.repeated
            ),
            voices=tuple(
                VoiceOut(
                    author=stored.mention.author,
                    source=stored.mention.source,
                    followers=voice.followers,
                    posts=voice.posts,
                    mention=voice.mention,
                    mentions=_address(told.of_voice(stored)),
                )
                for voice, stored in told.voices
            ),
            sources=tuple(
                GrownOut(
                    name=one.name,
                    posts=one.posts,
                    share=one.share,
                    usual=one.usual,
                    mentions=_address(told.behind(source=one.name)),
                )
                for one in why.sources
            ),
            samples=tuple(stored.mention.id for stored in told.samples),
        )


class ForecastOut(Answer):
    """When the next level is reached if it goes on as in the last hours: an estimate, and no promise."""

    level: int = Field(ge=2, le=4, description="The next level.", examples=[4])
    needed: int = Field(description="Negative posts in the window that it asks for.", examples=[40])
    at: datetime | None = Field(description="When so many are likely; null where nothing can be said.", examples=[AT])
    expected: int = Field(description="Posts in the window that are expected at `until`.", examples=[52])
    until: datetime = Field(description="So far is looked ahead.", examples=[AT])
    doubt: Doubt = Field(
        description="Why nothing is said: too little is known, it doesn't rise, or it is too far ahead."
    )
    method: Literal["damped trend"] = "damped trend"
