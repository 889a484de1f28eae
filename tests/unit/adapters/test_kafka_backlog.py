from adapters.kafka_backlog import Backlog
from tests.fakes import FakeClock

READER = ("sentiment", "mentions.raw")


class Asked:
    """The brokers' answers, and how often they were asked for."""

    def __init__(self) -> None:
        self.lag = 0
        self.times = 0

    def __call__(self, group: str, topic: str) -> int:
        self.times += 1
        return self.lag


def test_the_brokers_are_asked_once_a_second_however_much_is_published() -> None:
    asked, clock = Asked(), FakeClock()
    backlog = Backlog(asked, clock, 100)
    for _ in range(10):
        assert backlog.behind([READER]) == ""
        backlog.published({READER: 5})
    assert asked.times == 1
    clock.forward(seconds=1)
    assert backlog.behind([READER]) == ""
    assert asked.times == 2


def test_they_are_asked_at_once_where_it_may_have_become_too_much() -> None:
    asked = Asked()
    backlog = Backlog(asked, FakeClock(), 100)
    assert backlog.behind([READER]) == ""
    backlog.published({READER: 101})
    asked.lag = 101
    assert backlog.behind([READER]) == "sentiment is 101 messages behind on mentions.raw"
    assert backlog.behind([READER]) != ""
    assert asked.times == 3, "while it is too much, every time: the reader may have caught up"
    asked.lag = 100
    assert backlog.behind([READER]) == ""


def test_each_reader_is_looked_at_and_unknown_ones_are_not_counted() -> None:
    asked = Asked()
    backlog = Backlog(asked, FakeClock(), 100)
    backlog.published({("alerting", "mentions.scored"): 1_000})
    assert backlog.behind([("alerting", "mentions.scored"), ("responding", "mentions.scored")]) == ""
    assert asked.times == 2
    assert backlog.behind([]) == ""
