"""How many posts a second one core matches to brands, for few brands and for many.

Usage: measure_matching.py [--brands N] [--ambiguous SHARE] [--texts N] [--rounds N]

Posts and brands are invented, the same ones every time: posts of 5 to 60 words in English, 繁體中文, 简体中文 and 粵語,
with links, tags and accounts; brands with aliases, products, handles, competitors and excluded words. A share of the
brands is called as one of the few hundred words that the posts are made of, and has other such words as context: the
higher it is, the more of the posts seem to be about several brands. One post in ten names a brand besides.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.brand import Brand  # noqa: E402 - found by the line above
from ingest.match import Matcher  # noqa: E402
from ingest.normalise import normalise  # noqa: E402


def _words(text: str) -> list[str]:
    return text.split()


SEED = 7
FEWER = (1, 10, 50)
NAMED = 0.1
ENGLISH = _words(
    "the a I you it is was not my your this that they we to of in on for with and but so just really never"
    " always today tomorrow yesterday morning night train bus street rain coffee bread phone charger screen"
    " battery parcel box shop queue money friend sister brother mother dog cat garden window kitchen music"
    " film game team goal ticket flight hotel beach water light orange apple shell gap target dove visa star"
    " river stone silver golden north bolt summit bought broke waited asked called wrote lost found tried"
    " loves hates wants needs says happy angry tired late early"
)
TRADITIONAL = _words(
    "我 你 他 的 了 是 在 不 沒有 今天 明天 昨天 早上 晚上 公車 捷運 下雨 咖啡 麵包 手機 螢幕 電池 包裹 店員"
    " 排隊 朋友 妹妹 弟弟 媽媽 小狗 花園 窗戶 廚房 音樂 電影 遊戲 門票 飯店 海邊 開水 蘋果 全家 一家 小七 大家"
    " 太陽 星期 買了 壞了 等了 問過 打電話 喜歡 討厭 想要 覺得 開心 生氣 很累 太慢 真的 可是 所以 怎麼 這個"
    " 那個 謝謝 客服 退款"
)
SIMPLIFIED = _words(
    "我 你 他 的 了 是 在 不 没有 今天 明天 昨天 早上 晚上 公交 地铁 下雨 咖啡 面包 手机 屏幕 电池 快递 店员"
    " 排队 朋友 妹妹 弟弟 妈妈 小狗 花园 窗户 厨房 音乐 电影 游戏 门票 酒店 海边 开水 苹果 小米 大家 太阳 星期"
    " 买了 坏了 等了 问过 打电话 喜欢 讨厌 想要 觉得 开心 生气 很累 太慢 真的 可是 所以 怎么 这个 那个 谢谢"
    " 客服 退款"
)
CANTONESE = _words(
    "我 你 佢 嘅 咗 係 喺 唔 冇 今日 聽日 尋日 朝早 夜晚 巴士 地鐵 落雨 咖啡 麵包 手機 芒 電池 包裹 店員 排隊"
    " 朋友 細妹 細佬 阿媽 狗仔 花園 窗 廚房 音樂 戲 遊戲 飛 酒店 沙灘 滾水 蘋果 大家 美心 七仔 太陽 禮拜 買咗"
    " 壞咗 等咗 問過 打電話 鍾意 憎 想要 覺得 開心 嬲 好攰 太慢 真係 但係 所以 點解 呢個 嗰個 唔該 客服 退錢"
)
EXTRAS = ("https://news.example/2026/a-b-c?id=1", "#monday", "@somebody", "😂", "😡😡", "hello@mail.example", "！", "…")
SYLLABLES = _words("ba ko lu mi ne ra so ti va zo fen gal hur jin pel quo rin sul tor wex")
SIGNS = "山海雲星光泉林石金玉福安康順興隆華美佳樂味香鮮源豐達通信豪龍鳳鶴松竹梅蘭麗寶利"


def brands(count: int, share: float) -> list[Brand]:
    """Invented brands; a share of them is called as an ordinary word, by turns a Latin and a Chinese one."""
    chance = random.Random(SEED)
    words = [word for word in dict.fromkeys(ENGLISH[30:]) if len(word) > 3]
    chinese = [word for word in dict.fromkeys((*TRADITIONAL[20:], *SIMPLIFIED[20:], *CANTONESE[20:])) if len(word) > 1]
    made = []
    for number in range(count):
        latin = "".join(chance.choices(SYLLABLES, k=3)) + str(number)
        signs = "".join(chance.choices(SIGNS, k=3))
        every = words if number % 2 else chinese
        ambiguous = (chance.choice(every),) if chance.random() < share else ()
        beside = [word for word in chance.sample(every, 8) if not any(word in name for name in ambiguous)]
        made.append(
            Brand(
                name=f"{latin} {number}",
                aliases=(latin, signs, f"{latin} store", *ambiguous),
                products=(f"{latin} one", f"{signs}二號", f"{latin} max"),
                handles=(latin, f"{latin}help"),
                ambiguous=ambiguous,
                context=tuple(beside) if ambiguous else (),
                competitors=(f"{latin} brothers", f"{signs}公司"),
                exclude=(f"{latin} street",),
            )
        )
    return made


def posts(count: int, known: Sequence[Brand]) -> list[str]:
    """Invented posts, a quarter in each way of writing; some name one of the brands."""
    chance = random.Random(SEED)
    ways = ((ENGLISH, " "), (TRADITIONAL, ""), (SIMPLIFIED, ""), (CANTONESE, ""))
    written = []
    for number in range(count):
        words, between = ways[number % len(ways)]
        post = chance.choices(words, k=chance.randint(5, 60))
        post.insert(chance.randrange(len(post)), f" {chance.choice(EXTRAS)} ")
        if chance.random() < NAMED:
            brand = chance.choice(known)
            post.insert(chance.randrange(len(post)), chance.choice((*brand.aliases, *brand.products, brand.name)))
        written.append(between.join(post))
    return written


def rate(work: Callable[[str], object], texts: Sequence[str], rounds: int) -> float:
    """Texts a second, the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for text in texts:
            work(text)
        best = min(best, time.perf_counter() - began)
    return len(texts) / best


def main() -> None:
    """Print a table: posts a second for some numbers of brands, and how many posts named one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brands", type=int, default=200, metavar="N")
    parser.add_argument("--ambiguous", type=float, default=0.1, metavar="SHARE")
    parser.add_argument("--texts", type=int, default=20_000, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    arguments = parser.parse_args()
    known = brands(arguments.brands, arguments.ambiguous)
    texts = posts(arguments.texts, known)
    clean = [normalise(text) for text in texts]
    print(f"{len(texts)} posts of {sum(map(len, clean)) / len(clean):.0f} characters; normalised alone:", end=" ")
    print(f"{rate(normalise, texts, arguments.rounds):,.0f}/s")
    print(f"{'brands':>8}{'set up ms':>11}{'matched/s':>11}{'normalised and matched/s':>26}{'posts with a brand':>20}")
    for count in sorted({*(each for each in FEWER if each < len(known)), len(known)}):
        began = time.perf_counter()
        matcher = Matcher(known[:count])
        took = (time.perf_counter() - began) * 1e3
        alone = rate(matcher.brands_of, clean, arguments.rounds)
        both = rate(lambda text, of=matcher.brands_of: of(normalise(text)), texts, arguments.rounds)
        share = sum(bool(matcher.brands_of(text)) for text in clean) / len(clean)
        print(f"{count:>8}{took:>11.1f}{alone:>11,.0f}{both:>26,.0f}{share:>20.1%}")


if __name__ == "__main__":
    main()
