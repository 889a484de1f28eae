"""Which services a process runs."""

from datetime import timedelta

import pytest

from core.errors import StorageError
from core.ports.source import Read, SourceItem
from core.spend import Budgets
from ingest.settings import SourceSettings
from runtime import stages
from runtime.settings import Settings
from runtime.stages import STAGES
from tests.fakes import WordClassifier

SOURCES = (SourceSettings(name="one", kind="demonstration"), SourceSettings(name="two", kind="demonstration"))
OF_STAGE = {
    "ingest": ["source:one", "source:two"],
    "sentiment": ["model"],
    "alerting": ["escalation", "alerting", "watchman", "housekeeping"],
    "responding": ["responding"],
    "publisher": ["publisher"],
}


def nowhere():
    raise StorageError("the servers are away")


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_runs_the_services_of_its_stage_only(stage):
    jobs = stages.jobs(Settings(sources=SOURCES), nowhere, WordClassifier, stages=(stage,))
    assert [job.name for job in jobs] == OF_STAGE[stage]


def test_one_process_runs_them_all():
    names = [job.name for job in stages.jobs(Settings(sources=SOURCES), nowhere, WordClassifier)]
    assert sorted(names) == sorted(name for of_stage in OF_STAGE.values() for name in of_stage)


def test_ingest_is_wanted_only_where_there_are_sources():
    assert stages.wanted(Settings()) == STAGES[1:]
    assert stages.wanted(Settings(sources=SOURCES)) == STAGES


def test_a_model_is_loaded_once_however_often_its_service_is_made(application):
    loads = []

    def load():
        loads.append(1)
        return WordClassifier()

    attempts = []

    def house():
        attempts.append(1)
        return application.house if len(attempts) > 1 else nowhere()

    (job,) = stages.jobs(Settings(), house, load, stages=("sentiment",))
    with pytest.raises(StorageError):
        job.make()
    for _ in range(2):
        job.make().close()
    assert len(loads) == 1


class Billing:
    """A source that reads a user more in each item, as long as it may."""

    name = "billing"

    def __init__(self, narrow):
        self.narrow = narrow

    def items(self, cursor):
        number = int(cursor or 0)
        while not self.narrow():
            number += 1
            yield SourceItem((), (), str(number), read=(Read(resource="user", ids=(str(number),)),))


def test_a_source_that_bills_is_counted_and_asked_to_narrow(application, monkeypatch):
    monkeypatch.setattr(stages, "make_source", lambda *_, narrow: Billing(narrow))
    settings = Settings(sources=(SourceSettings(name="mine", kind="x"),), budgets=Budgets(x=0.1))
    (job,) = stages.jobs(settings, lambda: application.house, WordClassifier, stages=("ingest",))
    service = job.make()
    for _ in range(40):
        service.step(0.0)
        application.clock.forward(seconds=10)
    service.close()
    (count,) = application.house.store.spend(application.clock.now() - timedelta(days=1))
    # Ten are the budget; the minute until the next look brings at most six more.
    assert count.network == "x"
    assert 10 <= count.number <= 16
    assert application.house.store.budget_states()[0].state == "narrowed"


def test_a_source_that_bills_nothing_is_never_asked_to(application, monkeypatch):
    made = []
    monkeypatch.setattr(stages, "make_source", lambda *_, narrow: made.append(Billing(narrow)) or made[-1])
    settings = Settings(sources=(SourceSettings(name="mine", kind="bluesky"),), budgets=Budgets(x=0.001))
    (job,) = stages.jobs(settings, lambda: application.house, WordClassifier, stages=("ingest",))
    service = job.make()
    for _ in range(3):
        assert service.step(0.0) == 0
    service.close()
    assert not made[0].narrow()
    assert not application.house.store.spend(application.clock.now() - timedelta(days=1))
