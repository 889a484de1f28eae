"""Nothing is erased that could come back."""

import pytest

from core.errors import ConflictError, NotFoundError
from runtime.erasing import erase_brand, erase_mention


def test_nothing_is_erased_while_stages_still_have_it_in_hand(application):
    said = application.say("The Acme kettle is broken")
    application.settle()
    application.say("Another one is broken")
    for erase in (lambda: erase_brand(application.house, "Acme"), lambda: erase_mention(application.house, said)):
        before = application.clock.now()
        with pytest.raises(ConflictError, match="1 messages still wait for a stage"):
            erase()
        assert 15 <= (application.clock.now() - before).total_seconds() < 16
    assert application.house.store.mention(said)
    application.settle()
    assert erase_brand(application.house, "Acme") == 2
    assert list(application.house.store.brands()) == []


def test_a_mention_is_erased_with_its_counts(application):
    kept, gone = application.say("It is broken"), application.say("It is broken too")
    application.settle()
    erase_mention(application.house, gone)
    assert application.house.store.mention(gone) is None
    assert application.house.store.mention(kept)
    _, tallies = application.house.store.series("Acme", application.clock.now().replace(minute=0))
    assert sum(tally.total for tally in tallies) == 1
    with pytest.raises(NotFoundError, match="no mention"):
        erase_mention(application.house, gone)


def test_counts_that_change_in_the_very_moment_take_everything_back(application, monkeypatch):
    said = application.say("It is broken")
    application.settle()
    monkeypatch.setattr(application.house.store, "series", lambda *_: (-1, ()))
    with pytest.raises(ConflictError, match="try again"):
        erase_mention(application.house, said)
    assert application.house.store.mention(said)
