"""Whether X lets us in."""

from datetime import timedelta

from core.errors import SourceError
from core.ports.clock import Clock
from ingest.settings import Networks
from ingest.sources.x_api import Api, MishapError, RateLimitedError
from ingest.sources.x_posts import id_at

_LATELY = timedelta(seconds=20)
"""X takes no younger place to search from; next to nothing has been written since."""


def try_out(networks: Networks, query: str, clock: Clock) -> None:
    """Search for a query or, where that is empty, ask for the rules of the stream: neither ends a stream under way.

    Raises:
        SourceError: X doesn't answer, or refuses us.
    """
    api = Api(networks.x_base_url, networks.x_bearer_token)
    try:
        if query:
            api.search(query, id_at(clock.now() - _LATELY), "")
        else:
            api.rules()
    except (RateLimitedError, MishapError) as error:
        raise SourceError(f"X can't be read: {error}") from error
    finally:
        api.close()
