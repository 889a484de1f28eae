"""An evaluation of invented texts, hostile ones among them, for the tests of the report page."""

from datetime import UTC, datetime

from runtime.evaluation_report import Report, about
from sentiment.evaluation import LABELS, Judged

HOSTILE = (
    "<script>alert(1)</script> \"><img src=x onerror=alert(2)> {{ 7*7 }} ' &",
    "\u202eelttek siht etah I",
    "שלום, הקומקום הזה נהדר, best kettle ever",
    "W" * 400,
    "茶壺漏水" * 1250,
    "😡🔥👨\u200d👩\u200d👧\u200d👦🇹🇼 wonderful",
    "one\n\n\n\n\n\n\n\n\n\n\n\nline",
)
HOSTILE_NAME = 'a <b>"set"</b> & its_very_long_name_that_goes_on_and_on_and_on_and_on_\u202eto_the_end.csv'


def judged(text: str, wanted: str, given: str, confidence: float, language: str = "en") -> Judged:
    """A text that was read as `given` with the probability `confidence`."""
    rest = (1 - confidence) / 2
    return Judged(text, wanted, tuple(confidence if label == given else rest for label in LABELS), language)  # type: ignore[arg-type]


def report() -> Report:
    """Three sets: one with everything in it, one whose texts are hostile and all wrong, one small and all right."""
    kettles = [
        judged(
            f"kettle {number}", LABELS[number % 3], LABELS[(number + (number % 7 == 0)) % 3], 0.4 + number % 60 / 100
        )
        for number in range(1200)
    ]
    kettles += [judged(f"茶壺 {n}", "negative", "negative", 0.9, "zh-Hant") for n in range(9)]
    kettles += [judged(f"茶壶 {n}", "positive", "neutral", 0.996, "zh-Hans") for n in range(8)]
    kettles += [judged("чайник", "neutral", "neutral", 0.6, "ru"), judged("?", "neutral", "neutral", 0.6, "und")]
    return Report(
        model="<kettle>@1",
        at=datetime(2026, 3, 5, 14, 7, tzinfo=UTC),
        sets={
            "kettles": about(kettles, 20),
            HOSTILE_NAME: about([judged(text, "negative", "positive", 0.93) for text in HOSTILE], 20),
            "small": about([judged("lovely", "positive", "positive", 1.0)], 20),
        },
    )
