"""Text out of HTML (pure): in time that grows with its length only, whatever somebody sends as HTML."""

import re

LONGEST = 1_000_000
"""Characters of HTML that are read: as many as an e-mail may bring, whose words may come after styles and images."""

# A quotation mark counts only behind "=". What isn't closed goes to the end, as in a browser: so nothing is read twice.
_TAG = re.compile(
    r"""</?(?P<name>[a-z][^\s/>]*)(?>(?:[^>=]+|=\s*"[^"]*(?:"|\Z)|=\s*'[^']*(?:'|\Z)|=)*)(?:>|\Z)""", re.IGNORECASE
)
_NO_TAG = re.compile(r"<(?:!--(?s:.*?)(?:-->|\Z)|[!?/][^>]*(?:>|\Z))")
_BLANKS = re.compile(r"\s+")
_SILENT = frozenset({"script", "style", "template", "noscript", "title", "textarea", "iframe"})
_BREAKS = {
    **dict.fromkeys(("address", "article", "br", "dd", "div", "dt", "figure", "footer", "header", "hr"), "\n"),
    **dict.fromkeys(("li", "ol", "section", "tr", "ul"), "\n"),
    **dict.fromkeys(("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table"), "\n\n"),
    **dict.fromkeys(("td", "th", "img"), " "),
}


def without_markup(html: str) -> str:
    """What a reader sees of HTML: no tags, no comments, no scripts; paragraphs and breaks become line breaks.

    Entities stay, and superfluous blanks too: `ingest.normalise.normalise` comes next, which decodes them once.
    """
    html = html[:LONGEST]
    pieces: list[str] = []
    place = 0
    while (begin := html.find("<", place)) >= 0:
        pieces.append(_BLANKS.sub(" ", html[place:begin]))
        if tag := _TAG.match(html, begin):
            name = tag["name"].lower()
            pieces.append(_BREAKS.get(name, ""))
            place = tag.end()
            if name in _SILENT and html[begin + 1] != "/":
                place = _end_of(name, html, place)
        elif other := _NO_TAG.match(html, begin):
            place = other.end()
        else:
            pieces.append("<")
            place = begin + 1
    pieces.append(_BLANKS.sub(" ", html[place:]))
    return "".join(pieces)


def _end_of(name: str, html: str, place: int) -> int:
    found = re.compile(rf"</{name}\b", re.IGNORECASE).search(html, place)
    return found.start() if found else len(html)
