"""Text out of HTML, also out of HTML that nobody should send."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.markup import LONGEST, without_markup
from ingest.normalise import normalise


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("plain", "plain"),
        ("<p>Acme is <b>down</b></p><p>again</p>", "Acme is down\n\nagain"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("source\nlines  are\tblanks", "source lines are blanks"),
        ("AT&amp;T &amp;amp; 1 &lt; 2", "AT&T &amp; 1 < 2"),
        ('<a href="https://acme.example/x?a=1&b=2" title="a > b">link</a>', "link"),
        ("<a href='it\"s>'>link</a>", "link"),
        ("<a href=it's>that's</a> it", "that's it"),
        (
            '<a href="https://acme.example"><span class="invisible">https://</span>acme.example</a>',
            "https://acme.example",
        ),
        ("a<!-- Zenith <p> -->b<!doctype html>c<?php x ?>d</ >e", "abcde"),
        ("<script>var zenith = '<p>';</SCRIPT >seen<style>p {}</style>", "seen"),
        ("1 < 2 and 3 > 2 <3", "1 < 2 and 3 > 2 <3"),
        ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
        ("<td>a</td><td>b</td>", "a b"),
        ("seen<!-- never closed <p>hidden", "seen"),
        ("seen<script>never closed", "seen"),
        ('seen<a href="never closed>hidden', "seen"),
        ("seen<a", "seen"),
        ("<head><style>p {}</style><title>no</title></head><p>One</p>two<br/>three", "One\n\ntwo\nthree"),
        ("<head><title>an end that HTML lets us leave out</title><body>seen", "seen"),
        ("a\nb <b>c</b> 1 < 2", "a b c 1 < 2"),
        ("<script>alert(1)</script>x<style>y", "x"),
        ("<!-- <p>no</p> -->yes<!-- no", "yes"),
        ("<header>Acme</header><address>Street 1</address>end", "Acme\n\nStreet 1\nend"),
        ("<a href='", ""),
        ("", ""),
    ],
)
def test_what_a_reader_sees_stays(written: str, text: str) -> None:
    assert normalise(without_markup(written)) == text


@given(st.text(alphabet="<>/!-=\"' abps&;\n?", max_size=60))
def test_text_without_markup_stays_as_it_is(text: str) -> None:
    assert html.unescape(without_markup(html.escape(text))) == re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<a b='", '<a b="', "<a b= ", "<script>", "<?", "<", "<!", "</", "="])
def test_hostile_markup_takes_no_longer_than_other(piece: str) -> None:
    without_markup(piece * LONGEST)
