"""Signatures are right or not: vectors made by other programs, and everything that is nearly right.

The vectors of Standard Webhooks were made with the library `standardwebhooks` 1.1.0, the others with `openssl dgst`.
"""

import base64
import hashlib
import hmac

import pytest

from core.errors import ConfigurationError
from core.signatures import is_of_line, is_of_meta, is_ours, is_token, keys_of, signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret, for a while").decode()
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1772442000", '{"text": "Acme 冒煙了"}'.encode()
SIGNATURE = "v1,BtvAmZkZpQoOx4l9Betj9xo6jdgJFMGQ8qXZPqF8jEo="
META = "sha256=cfe4c7a2b7340a855b0bab251e05e01df5b5c913e4aee77fa56c055843977124"
LINE = "TtvgBqBNnt7o5jNrtfjirmEVv4aLNykt67jRClOSjTE="


def test_the_vectors_of_others() -> None:
    assert is_ours(keys_of(SECRET), ID, AT, SIGNATURE, BODY)
    assert is_of_meta("app secret", META, BODY)
    assert is_of_line("channel secret", LINE, BODY)


def test_a_signature_is_that_of_id_time_and_raw_bytes() -> None:
    body = b'{"bytes": "\xff\x00"}'
    digest = hmac.new(base64.b64decode(SECRET[6:]), b"msg_1.5." + body, hashlib.sha256).digest()
    assert is_ours(keys_of(SECRET), "msg_1", "5", "v1," + base64.b64encode(digest).decode(), body)


@pytest.mark.parametrize(
    "signatures",
    [
        "",
        "v1,",
        "v1",
        "v2," + SIGNATURE[3:],
        SIGNATURE[3:],
        SIGNATURE[:-4],
        SIGNATURE.replace("v1,", "v1,,"),
        "v1,€€€",
        "v1,\xff",
        "v1," + "A" * 100_000,
        SIGNATURE.lower(),
    ],
)
def test_what_is_no_signature_of_ours(signatures: str) -> None:
    assert not is_ours(keys_of(SECRET), ID, AT, signatures, BODY)


@pytest.mark.parametrize(
    ("id_", "at", "body"), [(ID + "x", AT, BODY), (ID, "1772442001", BODY), (ID, AT, BODY + b" "), (ID, AT, b"")]
)
def test_a_signature_stands_for_one_delivery(id_: str, at: str, body: bytes) -> None:
    assert not is_ours(keys_of(SECRET), id_, at, SIGNATURE, body)


def test_secrets_are_exchanged_one_for_another() -> None:
    for secrets in (f"{OTHER} {SECRET}", f" {SECRET}  {OTHER} "):
        assert is_ours(keys_of(secrets), ID, AT, SIGNATURE, BODY)
    assert is_ours(keys_of(SECRET), ID, AT, f"v1a,xyz v1,AAAA {SIGNATURE}", BODY)
    assert not is_ours(keys_of(OTHER), ID, AT, SIGNATURE, BODY)
    assert not is_ours(keys_of(""), ID, AT, SIGNATURE, BODY)


def test_what_we_sign_is_what_others_would_have_signed() -> None:
    assert signed(keys_of(SECRET), ID, AT, BODY) == SIGNATURE
    both = signed(keys_of(f"{OTHER} {SECRET}"), ID, AT, BODY)
    assert both.split()[1:] == [SIGNATURE]
    assert is_ours(keys_of(OTHER), ID, AT, both, BODY)


def test_the_setting_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"^channel 'a': secret 1 of 1 is not whsec_"):
        keys_of("nothing", "channel 'a'")


def test_padding_and_prefix_of_a_secret_may_be_left_out() -> None:
    assert keys_of(OTHER.rstrip("=")) == keys_of(OTHER) == keys_of(OTHER.removeprefix("whsec_"))


@pytest.mark.parametrize("wrong", ["secret!", "whsec_", "whsec_c2hvcnQ=", "pässwort-pässwort-pässwort"])
def test_a_secret_that_is_none_is_told_of_without_being_told(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="SIXMINUTE_WEBHOOK_SECRET: secret 2 of 2 is not whsec_") as raised:
        keys_of(f"{SECRET} {wrong}")
    assert wrong == "whsec_" or wrong not in str(raised.value)
    assert SECRET[6:] not in str(raised.value)


@pytest.mark.parametrize(
    "signature", ["", "sha256=", META[7:], META.replace("sha256", "sha1"), META[:-2], "sha256=zz", "sha256=é"]
)
def test_what_is_no_signature_of_meta(signature: str) -> None:
    assert not is_of_meta("app secret", signature, BODY)
    assert not is_of_meta("other", META, BODY)


@pytest.mark.parametrize("signature", ["", LINE[:-4], "é", "sha256=" + LINE, LINE[:-1] + "!"])
def test_what_is_no_signature_of_line(signature: str) -> None:
    assert not is_of_line("channel secret", signature, BODY)
    assert not is_of_line("other", LINE, BODY)


def test_tokens() -> None:
    assert is_token("tökén", "tökén")
    assert not any(is_token("token", each) for each in ("", "Token", "token ", "\ud800"))
