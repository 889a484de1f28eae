"""What of the settings is Reddit's, and what is wrong with it (pure)."""

import re
from collections.abc import Sequence

from msgspec import Struct

from core.brand import Brand
from core.errors import ConfigurationError
from ingest.match import Matcher
from ingest.settings import Networks, SourceSettings
from ingest.sources.reddit_watch import Place, places, queries

USUAL = "https://oauth.reddit.com"
_SUBREDDIT = re.compile(r"\w{2,21}|u_[\w-]{2,21}", re.ASCII)
_USER = re.compile(r"[\w-]{2,21}", re.ASCII)
_ADVICE = "create an app of the kind “script” at https://www.reddit.com/prefs/apps (Reddit must approve its use)"


class Account(Struct, frozen=True, kw_only=True):
    """Where Reddit is and who we are there: an app, and the user that it belongs to where it may act as one."""

    base_url: str = USUAL
    client_id: str
    client_secret: str
    username: str = ""
    password: str = ""


def account(networks: Networks) -> Account:
    """Who we are at Reddit.

    Raises:
        ConfigurationError: the app isn't named, or only half of the user.
    """
    for name in ("client_id", "client_secret"):
        if not getattr(networks, f"reddit_{name}"):
            raise ConfigurationError(f"Reddit needs an app: set SIXMINUTE_REDDIT_{name.upper()}; {_ADVICE}")
    if bool(networks.reddit_username) != bool(networks.reddit_password):
        missing = "PASSWORD" if networks.reddit_username else "USERNAME"
        raise ConfigurationError(f"half of Reddit's user is there: set SIXMINUTE_REDDIT_{missing} too, or neither")
    if networks.reddit_username and not _USER.fullmatch(networks.reddit_username):
        raise ConfigurationError("SIXMINUTE_REDDIT_USERNAME is no name of Reddit's: write it without u/")
    return Account(
        base_url=networks.reddit_base_url,
        client_id=networks.reddit_client_id,
        client_secret=networks.reddit_client_secret,
        username=networks.reddit_username,
        password=networks.reddit_password,
    )


def wanted(settings: SourceSettings, brands: Sequence[Brand], networks: Networks) -> tuple[Place, ...]:
    """What a table wants to be looked at.

    Raises:
        ConfigurationError: that is nothing, or nothing that can be.
    """
    taking = [brand for brand in brands if not brand.sources or settings.name in brand.sources]
    if not taking:
        raise ConfigurationError("Reddit is searched for your brands; add [[brands]] that take mentions from it")
    if not (settings.subreddits or settings.search or settings.inbox):
        raise ConfigurationError("nothing is to be read: name `subreddits`, or set `search = true` or `inbox = true`")
    user = networks.reddit_username if settings.inbox else ""
    if settings.inbox and not user:
        raise ConfigurationError(
            "`inbox` is a user's: set SIXMINUTE_REDDIT_USERNAME and SIXMINUTE_REDDIT_PASSWORD, or leave it out"
        )
    if user and not Matcher(brands, settings.name).brands_of(f"@{user}"):
        raise ConfigurationError(f"`inbox`: {user} is no account of a brand; add it to the `handles` of its brand")
    names = list(dict.fromkeys(_subreddit(name) for name in settings.subreddits))
    return places(names, queries(taking) if settings.search else (), user)


def _subreddit(written: str) -> str:
    name = written.strip().removeprefix("/").removeprefix("r/").rstrip("/")
    if not _SUBREDDIT.fullmatch(name):
        raise ConfigurationError(f"`subreddits`: {written[:40]!r} is no name of a subreddit; write it like AskReddit")
    return name
