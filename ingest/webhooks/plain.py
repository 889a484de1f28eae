"""What is read on a page of HTML: for e-mails that bring no plain text (pure).

Whoever writes us decides what stands in such a page, so it is gone through once from front to back. Python's own parser
takes a time for some broken pages that grows with the square of their length. Entities are left to the normaliser.
"""

import re

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)|<[!?]")
_SILENT_END = {
    name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "style", "head", "title", "template")
}
_BREAKS = frozenset({
    "address", "article", "blockquote", "br", "div", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "ol", "p", "pre", "section", "table", "td", "tr", "ul",
})  # fmt: skip


def plain_text(page: str) -> str:
    """The text of a page, a line for each block; what is not shown as text is left out."""
    pieces: list[str] = []
    place = 0
    while (begin := page.find("<", place)) >= 0:
        pieces.append(_on_one_line(page[place:begin]))
        tag = _TAG.match(page, begin)
        if tag is None:
            pieces.append("<")
            place = begin + 1
            continue
        name = (tag[2] or "").lower()
        if name in _BREAKS:
            pieces.append("\n")
        place = _end(page, begin, name if not tag[1] else "")
    return "".join([*pieces, _on_one_line(page[place:])]).strip()


def _end(page: str, begin: int, name: str) -> int:
    """Where what begins with a tag ends: a comment or a script with its content."""
    silent = _SILENT_END.get(name)
    if silent and (closing := silent.search(page, begin)):
        begin = closing.start()
    elif silent:
        return len(page)
    mark = "-->" if page.startswith("<!--", begin) else ">"
    end = page.find(mark, begin)
    return end + len(mark) if end >= 0 else len(page)


def _on_one_line(text: str) -> str:
    """A line end in the source is a blank on the page."""
    return text.replace("\r", " ").replace("\n", " ")
