"""How long a service asks us to wait."""

import httpx
import pytest

from alerting.channels.posting import Poster, retry_after
from core.errors import DeliveryError

DATE = "Mon, 02 Mar 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry-After": "30"}, 30.0, id="seconds"),
        pytest.param({"retry-after": " 0 "}, 0.0, id="at-once"),
        pytest.param({"Retry-After": "999999999"}, 86_400.0, id="too-long"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 09:02:00 GMT", "Date": DATE}, 120.0, id="date"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 08:00:00 GMT", "Date": DATE}, 0.0, id="past"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 09:02:00 GMT"}, None, id="date-without-now"),
        pytest.param({"Retry-After": "Mon, 02 Mar 2026 09:02:00", "Date": DATE}, None, id="date-without-zone"),
        pytest.param({"Retry-After": "soon", "Date": DATE}, None, id="words"),
        pytest.param({"Retry-After": "-5"}, None, id="below-zero"),
        pytest.param({"Retry-After": "1.5"}, None, id="fraction"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx.Headers(headers)) == seconds


def test_an_address_that_can_not_be_used_is_told_without_being_shown() -> None:
    with pytest.raises(DeliveryError, match=r"hook: its address can't be used") as raised:
        Poster("hook", "https://s3cret\x00/", 20.0).post(b"{}")
    assert raised.value.permanent
    assert "s3cret" not in str(raised.value)
