"""How long it takes to say why an alert fired, on one core.

Usage: why_speed.py [--posts N] [--earlier N] [--rounds N]

Posts are invented, the same ones every time: of 10 to 45 words in English, 繁體中文 and 简体中文,
with links, tags and accounts; one in five copies another. Half of those of the window are about a battery that burns.
"""

import argparse
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from alerting.why import Range, why  # noqa: E402 - found by the line above
from core.mention import Label, Mention, Reading, Score, ScoredMention  # noqa: E402
from scripts.measure_matching import ENGLISH, EXTRAS, SIMPLIFIED, TRADITIONAL  # noqa: E402

SEED = 11
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEWS = ("the battery exploded while charging", "充電的時候電池爆炸", "充电的时候电池爆炸")
NAMES = ("Acme", "Acme Coffee", "艾可咖啡")


def made(count: int, begin: datetime, minutes: int, *, news: bool) -> list[ScoredMention]:
    """So many posts, evenly over so many minutes."""
    dice = random.Random(SEED + news)
    texts: list[str] = []
    for _ in range(count):
        if texts and dice.random() < 0.2:
            texts.append(f"RT @{dice.choice(ENGLISH)}: {dice.choice(texts)}")
            continue
        language = dice.randrange(3)
        words = dice.choices((ENGLISH, TRADITIONAL, SIMPLIFIED)[language], k=dice.randint(10, 45))
        if news and dice.random() < 0.5:
            words.insert(dice.randrange(len(words)), NEWS[language])
        words.insert(0, NAMES[min(language, 2)])
        texts.append(f"{('' if language else ' ').join(words)} {dice.choice(EXTRAS)}")
    step = timedelta(minutes=minutes) / count
    return [_scored(number, text, begin + number * step, dice) for number, text in enumerate(texts)]


def _scored(number: int, text: str, at: datetime, dice: random.Random) -> ScoredMention:
    name = f"m-{at.isoformat()}-{number}"
    return ScoredMention(
        mention=Mention(
            id=name,
            brand="Acme",
            source=dice.choice(("x", "reddit", "ptt")),
            network_id=name,
            created_at=at,
            ingested_at=at,
            text=text,
            author=f"author {dice.randrange(3000)}",
            followers=dice.randrange(100_000),
        ),
        score=Score(
            label=Label.NEGATIVE,
            p_negative=dice.random(),
            p_neutral=0.0,
            p_positive=0.0,
            reading=Reading(language="en", themes=(dice.choice(("quality", "delivery", "safety")),)),
            model="made up",
            scored_at=at,
        ),
    )


def main() -> None:
    """Build it some times and print the best and the middle time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=5000)
    parser.add_argument("--earlier", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    posts = made(asked.posts, NOW - timedelta(hours=1), 60, news=True)
    earlier = made(asked.earlier, NOW - timedelta(days=7), 7 * 24 * 60 - 120, news=False)
    window, usual = Range(NOW - timedelta(hours=1), NOW), Range(NOW - timedelta(days=7), NOW - timedelta(hours=2))
    times = []
    for _ in range(asked.rounds):
        began = time.process_time()
        found = why(posts, earlier, window, usual, names=NAMES)
        times.append(1000 * (time.process_time() - began))
    times.sort()
    print(
        f"{asked.posts} posts, {asked.earlier} earlier: best {times[0]:.0f} ms, middle {times[len(times) // 2]:.0f} ms"
    )
    for phrase in found.phrases:
        print(f"  {phrase.text}: {phrase.posts} ({phrase.share:.1%}, usual {phrase.usual:.1%}), z {phrase.z}")
    print(f"  {found.repeated[0].posts} repeat one text; {found.authors} authors" if found.repeated else "")


if __name__ == "__main__":
    main()
