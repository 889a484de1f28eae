"""Personal data and sums of money in a text (pure): what must not stand in public, what is out of proportion."""

import re
from collections.abc import Iterator, Mapping

_EMAIL = re.compile(r"(?<![\w.+-])([A-Z0-9_%+-][A-Z0-9._%+-]{0,63})@[A-Z0-9-]{1,63}\.[A-Z0-9.-]{2,100}", re.IGNORECASE)
_OUR_ADDRESSES = frozenset(
    {"support", "service", "services", "help", "helpdesk", "care", "customercare", "info", "cs", "contact", "hello"}
)
_DIGITS = re.compile(r"(?<![\w.])\+?\(?\d[\d ()-]{5,28}\d(?![\w%])")
_FREEPHONE = re.compile(r"(?:0800|0809|0508|800|400|1[ -]?8(?:00|33|44|55|66|77|88)|1300|95\d{3}$)")
_OUR_LINE = re.compile(
    r"\b(?:(?:call|calling|ring|phone|reach|contact) (?:us|our)|by calling"
    r"|our (?:\w{1,15} ){0,2}(?:office|line|hotline|number|team))\b"
    r"|客服|[專专][線线]|[熱热][線线]|[致來来][電电]|[撥拨]打|[打給给]{2}我[們们]",
    re.IGNORECASE,
)
_OUR_LINE_BEFORE = 40
"""So many characters before a phone number may say that it is the company's own."""

_DATE = re.compile(r"(?:19|20)\d\d[ -](?:0?[1-9]|1[0-2])[ -](?:0?[1-9]|[12]\d|3[01])(?:[ (].*)?")
_MOBILE = re.compile(r"(?:09\d{8}|1[3-9]\d{9}|0[2-8]\d{7,8})")
_IDENTITY = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z][1289]\d{8}|\d{17}[\dXx])(?![A-Za-z0-9])")
_REFERENCE = re.compile(
    r"(?:\b(?:order|booking|tracking|invoice|account|confirmation|reservation|passport|policy|ticket|case)\b"
    r"(?: (?:number|no\.?|id|code|reference))?"
    r"|[訂订單单][單单編编]?[號号]|[訂订][單单]|[運运][單单]|[帳账][號号]|[編编][號号])"
    r"(?: is|是|為|为)?\s?[:：#]?\s?#?((?=(?:[A-Z-]{0,12}\d){3})[A-Z0-9-]{5,24})(?![\w])",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?P<before>NT\$|HK\$|US\$|[$€£¥])\s?(?P<figure>\d[\d,]{0,11})"
    r"|(?P<other>\d[\d,]{0,11})\s?(?P<after>[元塊块])"
)
_GIVING = re.compile(
    r"\b(?:compensat\w{1,5}|voucher|credit|gift card|refund|reimburse\w{0,4}|pay you|offer you|goodwill)\b"
    r"|[賠赔補补][償偿]|[賠赔]|抵用[券金]|[禮礼]券|[購购]物金|退[款還还]|折[價价]券|[優优]惠券|代金券|[補补][貼贴]",
    re.IGNORECASE,
)
_CARD = range(13, 20)


def personal_data(text: str) -> Iterator[tuple[int, int]]:
    """Places of e-mail addresses, phone, card, identity and order numbers; a company's own desks don't count."""
    for match in _EMAIL.finditer(text):
        if match.group(1).lower() not in _OUR_ADDRESSES:
            yield match.span()
    for match in _IDENTITY.finditer(text):
        yield match.span()
    for match in _REFERENCE.finditer(text):
        yield match.span(1)
    for match in _DIGITS.finditer(text):
        before = text[max(0, match.start() - _OUR_LINE_BEFORE) : match.start()]
        if _is_personal(match.group()) and not _OUR_LINE.search(before):
            yield match.span()


def large_amounts(text: str, limits: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Places of sums at or above the limit of their currency, in texts that speak of giving something."""
    if not _GIVING.search(text):
        return
    for match in _AMOUNT.finditer(text):
        currency = (match["before"] or match["after"]).upper().replace("块", "塊")
        figure = int((match["figure"] or match["other"]).replace(",", ""))
        limit = limits.get(currency)
        if limit is not None and figure >= limit:
            yield match.span()


def _is_personal(run: str) -> bool:
    if _DATE.fullmatch(run):
        return False
    digits = re.sub(r"\D", "", run)
    if _FREEPHONE.match(digits):
        return False
    if run.startswith("+"):
        return len(digits) >= 8
    if len(digits) in _CARD:
        return _luhn(digits)
    grouped = re.fullmatch(r"\(?\d{3}\)?[ -]\d{3}[ -]\d{4}", run) is not None
    return grouped or _MOBILE.fullmatch(digits) is not None


def _luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
