"""What was said: mentions, the brands they are about, and their numbers over time."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api import series
from api.answer import Page
from api.gaps import gaps
from api.parts import Parts
from api.requests import BrandName, Cursor, Id, Limit, Short, Since, Until
from api.routes.common import brand_names, check_brand, check_range, found, range_of
from api.schemas.brands import BrandOut, CaseNumbers
from api.schemas.mentions import MentionOut
from api.schemas.series import Series
from api.schemas.sources import SourceGapOut
from core.brand import Brand
from core.mention import Label
from core.ports.queries import MentionQuery

_SOON = timedelta(minutes=10)
_DEFAULT_RANGE = timedelta(days=1)


def create_router(parts: Parts) -> APIRouter:
    """The routes of mentions, brands and series."""
    router = APIRouter(tags=["mentions"])
    store = parts.store

    @router.get("/mentions", summary="Mentions, newest first")
    def list_mentions(
        *,
        brand: BrandName = "",
        source: Annotated[Short, Query(max_length=100, description="The network or channel, such as `x`.")] = "",
        label: Annotated[Label | None, Query(description="Only those with this sentiment.")] = None,
        theme: Annotated[Short, Query(max_length=100, description="Only those about this theme.")] = "",
        author: Annotated[Short, Query(max_length=500, description="Only those of this author.")] = "",
        sensitive: Annotated[bool, Query(description="Only those with words that raise an alarm at once.")] = False,
        since: Since = None,
        until: Until = None,
        search: Annotated[Short, Query(max_length=200, description="Only those with this in their text.")] = "",
        cursor: Cursor = "",
        limit: Limit = 50,
    ) -> Page[MentionOut]:
        """Every mention that is kept, each with its score and its time budget so far."""
        check_brand(parts, brand)
        check_range(since, until)
        page = store.mentions(
            MentionQuery(
                brand=brand,
                source=source,
                label=label.value if label else "",
                theme=theme,
                author=author,
                sensitive=sensitive,
                since=since,
                until=until,
                search=search,
                cursor=cursor,
                limit=limit,
            )
        )
        return Page(items=tuple(MentionOut.of(stored) for stored in page.items), next=page.next or None)

    @router.get("/mentions/{mention_id}", summary="One mention")
    def get_mention(mention_id: Id) -> MentionOut:
        """A mention with its score and its time budget so far."""
        return MentionOut.of(found(store.mention(mention_id), "mention", mention_id))

    @router.get("/brands", summary="The brands and what is due for each")
    def list_brands() -> Page[BrandOut]:
        """Brands of the configuration, then those of which only mentions are kept."""
        configured = {brand.name: brand for brand in parts.brands()}
        now = parts.clock.now()
        items = []
        for name in brand_names(parts):
            brand = configured.get(name, Brand(name=name))
            items.append(
                BrandOut(
                    name=name,
                    configured=name in configured,
                    demonstration=brand.demonstration,
                    aliases=brand.aliases,
                    products=brand.products,
                    handles=brand.handles,
                    ambiguous=brand.ambiguous,
                    context=brand.context,
                    competitors=brand.competitors,
                    exclude=brand.exclude,
                    vips=brand.vips,
                    exclude_accounts=brand.exclude_accounts,
                    sources=brand.sources,
                    languages=brand.languages,
                    cases=CaseNumbers.model_validate(dict(store.case_counts(name, now, now + _SOON))),
                )
            )
        return Page(items=tuple(items), next=None)

    @router.get("/series", summary="Numbers for a chart")
    def get_series(
        brand: Annotated[Short, Query(min_length=1, max_length=200, description="Name of a brand.")],
        segment: Annotated[
            str,
            Query(
                max_length=200,
                pattern="^((theme|source):.+)?$",
                description="Only this theme or source, as `theme:delivery`; its band is there around incidents alone.",
            ),
        ] = "",
        since: Since = None,
        until: Until = None,
    ) -> Series:
        """Mentions of a brand over time, and what the alarm saw and expected; the last day, if no range is given."""
        check_brand(parts, brand)
        start, end = range_of(since, until, parts.clock.now(), _DEFAULT_RANGE)
        step = series.step_of(start, end)
        begin = series.begin(start, step)
        tallies = store.segments(brand, begin, segment) if segment else store.series(brand, begin)[1]
        return Series(
            brand=brand,
            segment=segment,
            since=start,
            until=end,
            step_seconds=int(step.total_seconds()),
            counts=series.counts(tallies, start, end, step),
            band=series.band(store.band(brand, start, end, segment), step),
            gaps=tuple(SourceGapOut.model_validate(gap) for gap in gaps(store, start, end, parts.clock.now())),
        )

    return router
