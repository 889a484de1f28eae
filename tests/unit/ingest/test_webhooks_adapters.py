"""What Meta, LINE, services for incoming mail and web forms post, as mentions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.brand import Brand
from core.errors import InputError
from core.mention import mention_id
from core.ports.intake import WebhookKind
from tests.unit.ingest.posted import ACME, LUMEN, NOW, SENT, fixture, reasons, taken

TOLD = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)


def test_facebook() -> None:
    batch = taken("meta", fixture("facebook"))
    first, edited, named = batch.mentions
    assert first.id == mention_id("facebook", "900_1", "Acme")
    assert (first.text, first.author, first.revision) == ("Still waiting for my parcel", "Person A", 0)
    assert first.created_at == TOLD - timedelta(minutes=1)
    assert (first.conversation, first.in_reply_to, first.url) == (
        "4455_900",
        "4455_900",
        "https://facebook.example/900",
    )
    assert edited.id == first.id
    assert (edited.text, edited.revision) == ("Still waiting for my parcel, three weeks", int(TOLD.timestamp()))
    assert (named.network_id, named.author, named.text) == ("88_1", "Person C", "Never again")
    assert [(each.source, each.network_id) for each in batch.removed] == [("facebook", "900_9")]
    assert (batch.taken.accepted, batch.taken.ignored, batch.taken.removed) == (3, 4, 1)
    assert not batch.taken.refused


def test_instagram_in_both_of_its_forms() -> None:
    batch = taken("meta", fixture("instagram"), Brand(name="Acme"))
    first, live = batch.mentions
    assert (first.source, first.network_id, first.author) == ("instagram", "18001", "person.a")
    assert (first.text, first.conversation, first.in_reply_to) == ("Where is my refund?", "17900", "18000")
    assert (first.created_at, live.text) == (TOLD, "It is broken")
    assert (batch.taken.accepted, batch.taken.ignored) == (2, 1)
    assert reasons(batch) == [
        (2, "it came without its text, as mentions on Instagram do: look at the post on the network")
    ]
    assert "18002" in batch.dead[0][0]


def test_what_we_write_on_our_own_page_is_ignored_whatever_our_handles_are() -> None:
    comment = {"id": "1", "from": {"id": "17841", "username": "acme.official"}, "text": "Thank you"}
    entry = {"id": "17841", "time": 1, "changes": [{"field": "comments", "value": comment}]}
    assert taken("meta", {"object": "instagram", "entry": [entry]}, Brand(name="Acme")).taken.ignored == 1


def test_threads_and_what_we_answer_there_ourselves() -> None:
    delivery = fixture("threads")
    (mention,) = taken("meta", delivery).mentions
    assert (mention.source, mention.network_id, mention.author, mention.brand) == (
        "threads",
        "89012",
        "person_a",
        "Acme",
    )
    assert (mention.conversation, mention.in_reply_to) == ("12345", "56789")
    assert mention.url == "https://threads.example/@person_a/post/Pp"
    assert mention.created_at == datetime(2026, 3, 2, 8, 58, tzinfo=UTC)
    delivery["values"]["value"]["username"] = "acme"
    assert taken("meta", delivery).taken.ignored == 1
    delivery["values"]["field"] = "mentions"
    assert taken("meta", delivery).taken.about_no_brand == 1


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"field": "feed", "value": {"item": "comment", "verb": "add", "message": "x"}}, "doesn't say which post"),
        ({"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": "1"}}, "came without its text"),
        ({"field": "feed", "value": {"item": "comment", "verb": "remove"}}, "is gone, but not which"),
        ({"field": "feed", "value": 5}, "no value that is a JSON object"),
        ({"field": "feed"}, "no value that is a JSON object"),
        (None, "no value that is a JSON object"),
    ],
)
def test_changes_of_meta_that_cannot_be_read(change: Any, complaint: str) -> None:
    batch = taken("meta", {"object": "page", "entry": [{"id": "4455", "time": 1, "changes": [change]}]})
    assert complaint in batch.taken.refused[0].reason


def test_line() -> None:
    batch = taken("line", fixture("line"))
    (mention,) = batch.mentions
    assert (mention.source, mention.network_id, mention.author, mention.brand) == ("line", "444", "U77", "Acme")
    assert (mention.text, mention.conversation, mention.in_reply_to) == ("請問什麼時候到貨？", "G1", "443")
    assert mention.created_at == TOLD + timedelta(seconds=-60, milliseconds=123)
    assert [(each.source, each.network_id) for each in batch.removed] == [("line", "400")]
    assert (batch.taken.accepted, batch.taken.ignored, batch.taken.removed) == (1, 2, 1)


def test_line_asks_whether_we_are_there_and_sends_what_cannot_be_read() -> None:
    assert taken("line", {"destination": "U", "events": []}).taken.accepted == 0
    events = [5, {"type": "unsend"}, {"type": "message", "message": {"type": "text", "text": " "}}]
    batch = taken("line", {"destination": "Uacme", "events": events})
    assert [row for row, _ in reasons(batch)] == [1, 2, 3]
    assert not batch.mentions


@pytest.mark.parametrize("strange", ["\ud800", "1" * 500_000, "a\nb"], ids=["half a surrogate", "long", "two lines"])
def test_what_cannot_be_an_id_removes_nothing_and_keeps_no_other_row(strange: str) -> None:
    def change(verb: str, comment: str) -> dict[str, Any]:
        return {"field": "feed", "value": {"item": "comment", "verb": verb, "comment_id": comment, "message": "Hm"}}

    changes = [change("remove", strange), change("add", "7"), change("add", strange), change("remove", "8")]
    of_meta = taken("meta", {"object": "page", "entry": [{"id": "4455", "time": 1, "changes": changes}]})
    assert reasons(of_meta) == [(1, "it says that a post is gone, but not which")]
    assert [each.network_id for each in of_meta.removed] == ["8"]
    assert (of_meta.taken.accepted, of_meta.mentions[0].network_id) == (2, "7")
    events = [{"type": "unsend", "unsend": {"messageId": each}} for each in (strange, "9")]
    of_line = taken("line", {"destination": "Uacme", "events": events})
    assert reasons(of_line) == [(1, "it says that a message is taken back, but not which")]
    assert [each.network_id for each in of_line.removed] == ["9"]
    of_ours = taken("mentions", [{"deleted": True, "id": each} for each in (strange, "5")])
    assert [row for row, _ in reasons(of_ours)] == [1]
    assert [each.network_id for each in of_ours.removed] == ["5"]


@pytest.mark.parametrize("service", sorted(fixture("emails")))
def test_the_same_letter_from_every_service(service: str) -> None:
    payload = fixture("emails")[service]
    if service == "brevo":
        payload = {"items": [payload]}
    batch = taken("email", [payload] if service in {"mandrill", "sparkpost"} else payload)
    (mention,) = batch.mentions
    assert mention.id == mention_id("email", "a1@mail.example", "Acme")
    assert mention.text == "Order 12\n\nWhere is it?"
    assert mention.author == "person.a@mail.example"
    assert mention.created_at == datetime(2026, 3, 2, 8, 58, tzinfo=UTC)
    if service in {"postmark", "cloudmailin", "brevo"}:
        assert mention.in_reply_to == "a0@acme.example"
    assert mention.conversation == {
        "postmark": "r0@acme.example", "cloudmailin": "a0@acme.example", "brevo": "a0@acme.example"
    }.get(service, "a1@mail.example")  # fmt: skip


MAIL = {"from": "a@mail.example", "to": "help@acme.example", "subject": "Order", "text": "Hello"}


def test_what_letters_lack() -> None:
    rows = [
        MAIL | {"date": "Thu, 01 Jan 1970 00:00:00 +0000"},
        MAIL | {"date": "Fri, 31 Dec 9999 23:59:59 -1400", "text": "Far ahead"},
        MAIL | {"date": "no day", "subject": "", "text": "", "html": "<p>Only<br>HTML</p>"},
        MAIL | {"headers": {"Auto-Submitted": "auto-replied"}},
        MAIL | {"text": "", "subject": ""},
        {"from": 5, "to": ["Help <HELP@acme.example>"], "subject": "Only a subject"},
        "no letter",
    ]
    batch = taken("email", rows)
    old, ahead, page, bare = batch.mentions
    assert (old.created_at, ahead.created_at, page.created_at) == (SENT, SENT, SENT)
    assert page.text == "Only\nHTML"
    assert (bare.text, bare.author, bare.brand) == ("Only a subject", "", "Acme")
    assert batch.taken.ignored == 1
    assert reasons(batch) == [(5, "it has neither a subject nor a text"), (7, "it is no JSON object")]
    assert len({each.id for each in batch.mentions}) == 4


def test_a_letter_of_the_brand_itself_is_about_nobody() -> None:
    assert taken("email", MAIL | {"from": "Help <help@ACME.example>"}).taken.about_no_brand == 1


def test_who_was_written_to_says_which_brand_it_is_for() -> None:
    strange = MAIL | {"to": "who@other.example"}
    assert [each.brand for each in taken("email", MAIL).mentions] == ["Acme"]
    assert [each.brand for each in taken("email", strange | {"text": "Lumenbread"}).mentions] == ["Lumenbread"]
    assert [each.brand for each in taken("email", strange, LUMEN).mentions] == ["Lumenbread"]
    assert [each.brand for each in taken("email", MAIL | {"text": "Lumenbread"}).mentions] == ["Acme", "Lumenbread"]
    batch = taken("email", strange)
    assert reasons(batch)[0][1].startswith("nothing says which brand it is for: name it in `brand`, or put the account")
    assert len(batch.dead) == 1


def test_a_form() -> None:
    rows = [
        {
            "name": "Anna", "E-Mail": "anna@mail.example", "Message": "It smokes", "subject": "Toaster",
            "brand": "acme", "company": "Anna Ltd", "page": "/contact",
        },
        {"姓名": "安娜", "留言": "冒煙了", "brand": "Acme", "url": "https://acme.example/contact"},
        {"name": "Anna"},
        7,
    ]  # fmt: skip
    batch = taken("form", rows)
    first, second = batch.mentions
    assert (first.source, first.text, first.author) == ("form", "Toaster\n\nIt smokes", "anna@mail.example")
    assert (first.created_at, second.author, second.text) == (SENT, "安娜", "冒煙了")
    assert second.url == "https://acme.example/contact"
    assert reasons(batch) == [(3, "it has no message"), (4, "it is no JSON object")]


def test_the_company_in_a_form_is_that_of_its_sender() -> None:
    assert taken("form", {"message": "Hello", "company": "Lumenbread"}, ACME, LUMEN).mentions == ()
    assert taken("form", {"message": "Hello", "company": "Anna Ltd"}, ACME).mentions[0].brand == "Acme"


def test_an_address_in_brackets_counts_before_one_in_a_name() -> None:
    (mention,) = taken("email", MAIL | {"from": '"me@home.example" <me@work.example>'}).mentions
    assert mention.author == "me@work.example"


def test_the_same_form_sent_again_is_the_same_mention_and_filled_again_another() -> None:
    row = {"email": "anna@mail.example", "message": "It smokes"}
    (first,) = taken("form", row, ACME, key="a").mentions
    assert taken("form", row, ACME, key="a").mentions[0].id == first.id
    assert taken("form", row, ACME, key="b").mentions[0].id != first.id


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("meta", 5), ("meta", {}), ("meta", [5]), ("meta", {"object": "page", "entry": {}}),
        ("line", []), ("line", {}), ("line", {"events": 5}), ("email", "x"), ("form", None),
    ],
)  # fmt: skip
def test_what_is_no_delivery_at_all(kind: WebhookKind, payload: Any) -> None:
    with pytest.raises(InputError):
        taken(kind, payload)


@pytest.mark.parametrize(("html", "text"), [("<p>It<br>smokes</p>", "It\nsmokes"), ("<p> <br></p>", "")])
def test_an_email_without_plain_text_is_read_as_a_page(html: str, text: str) -> None:
    mail = {"from": "anna@mail.example", "subject": "Acme", "html": html}
    (mention,) = taken("email", mail, ACME).mentions
    assert mention.text == f"Acme\n\n{text}".strip()


def test_nothing_is_posted_after_it_arrived() -> None:
    delivery = fixture("line")
    delivery["events"][0]["timestamp"] = 1_900_000_000_000
    assert taken("line", delivery).mentions[0].created_at == NOW
