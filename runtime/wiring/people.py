"""Who can be paged, by the settings."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from alerting.channels.settings import RINGING
from alerting.directory import NOBODY_CONFIGURED, Directory
from alerting.duty import next_change, on_duty
from alerting.policy_desk import StoredPolicies
from api.parts import OnDuty
from core.ports.channel import Channel
from core.ports.store import Store
from ingest.sources.demonstration import DEMONSTRATION_BRAND
from runtime.settings import Settings
from runtime.settings_checks import channel_names
from runtime.wiring import paging


def directory(settings: Settings, channels: Sequence[Channel] | None = None) -> Directory:
    """People, rotations and policies; `channels` are those that there are, by default those of the settings."""
    named = set(channel_names(settings))
    return Directory(
        people=settings.people,
        rotations=settings.rotations,
        policies=settings.policies,
        paging=settings.paging,
        channels=frozenset(named if channels is None else (channel.name for channel in channels)),
        ringing=frozenset(one.name for one in settings.channels if one.kind in RINGING),
        invented=frozenset({DEMONSTRATION_BRAND.name, *(each.name for each in settings.brands if each.demonstration)}),
        reader=msgspec.structs.replace(
            NOBODY_CONFIGURED,
            language=settings.alerting.page_language,
            channels=tuple(one.name for one in settings.channels) or NOBODY_CONFIGURED.channels,
        ),
    )


def policies(settings: Settings, store: Store) -> StoredPolicies:
    """Policies as they hold, and changes of them."""
    brands = [brand.name for brand in settings.brands]
    return StoredPolicies(store, directory(settings), brands, paging.silenced(settings, store))


def on_duty_now(known: Directory, now: datetime) -> Sequence[OnDuty]:
    """Who is on duty in each rotation, and until when."""
    return [OnDuty(each.name, on_duty(each, now), next_change(each, now)) for each in known.rotations]
