"""Which services a process runs."""

import pytest

from core.errors import StorageError
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
