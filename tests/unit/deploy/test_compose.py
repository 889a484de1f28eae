"""compose.yaml: valid, confined, in the right order, open to this machine only."""

import copy

import jsonschema
import pytest

from runtime import settings
from tests.unit.deploy.chart import COMPONENTS, WORKERS
from tests.unit.deploy.containers import ROOT, compose, compose_schema, env_file, interpolated, names_of_variables

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
SERVERS = ("kafka", "postgresql")
PROGRAMS = (*COMPONENTS, "migrate")


def test_it_is_what_the_compose_specification_describes():
    jsonschema.Draft202012Validator(compose_schema()).validate(compose())


def test_a_wrong_one_would_be_found():
    wrong = copy.deepcopy(compose())
    wrong["services"]["api"]["health_check"] = {}
    with pytest.raises(jsonschema.ValidationError, match="health_check"):
        jsonschema.Draft202012Validator(compose_schema()).validate(wrong)


def test_it_has_every_part_and_no_other():
    assert set(compose()["services"]) == {*PROGRAMS, *SERVERS}


@pytest.mark.parametrize("name", [*PROGRAMS, *SERVERS])
def test_no_service_may_do_more_than_it_must(name: str):
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"cap_add", "privileged", "pid", "network_mode", "ipc"} & set(service)
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    image, _, tag = service["image"].rpartition(":")
    assert image
    assert tag[0].isdigit()
    assert any(mount.partition(":")[0] == "/tmp" for mount in service["tmpfs"])
    for volume in service.get("volumes", []):
        assert volume.partition(":")[0] in compose()["volumes"]  # no folder of the machine, no socket of the engine


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_part_starts_when_servers_answer_and_tables_are_there(name: str):
    assert compose()["services"][name]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"},
        "kafka": {"condition": "service_healthy"},
        "postgresql": {"condition": "service_healthy"},
    }


def test_the_migration_ends_and_is_not_started_again():
    migrate = compose()["services"]["migrate"]
    assert migrate["restart"] == "no"
    assert migrate["healthcheck"] == {"disable": True}
    assert migrate["depends_on"] == {name: {"condition": "service_healthy"} for name in SERVERS}
    assert all(compose()["services"][name]["restart"] == "unless-stopped" for name in (*COMPONENTS, *SERVERS))


def test_every_lasting_service_is_asked_how_it_is():
    for name in (*COMPONENTS, *SERVERS):
        check = compose()["services"][name]["healthcheck"]
        assert check["test"][0] == "CMD"
        assert {"interval", "timeout", "retries", "start_period"} <= set(check)


def test_only_the_pages_are_opened_and_to_this_machine_only():
    ports = {name: service.get("ports", []) for name, service in compose()["services"].items()}
    assert ports.pop("api") == ["127.0.0.1:8600:8600"]
    assert not any(ports.values())


def test_only_those_who_speak_to_the_networks_reach_them():
    loaded = compose()
    assert loaded["networks"]["servers"] == {"internal": True}
    outside = {name for name, service in loaded["services"].items() if "outside" in service["networks"]}
    assert outside == {"ingest", "publisher", "alerting", "api"}  # a port of this machine leads through it to the api
    assert all("servers" in service["networks"] for service in loaded["services"].values())


def test_data_outlives_the_containers():
    loaded = compose()
    assert set(loaded["volumes"]) == set(SERVERS)
    for name in SERVERS:
        (mount,) = loaded["services"][name]["volumes"]
        volume, _, folder = mount.partition(":")
        assert volume == name
        environment = loaded["services"][name]["environment"]
        assert (environment.get("KAFKA_LOG_DIRS") or environment["PGDATA"]).startswith(f"{folder}/")


def test_every_variable_is_explained_in_the_example_and_used():
    example = env_file((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert set(example) == names_of_variables(TEXT)
    assert not any(name.startswith("SIXMINUTE_") for name in example)  # those are settings, and stand in the file


def test_without_a_password_it_does_not_start_and_no_password_stands_in_the_file():
    with pytest.raises(KeyError, match="POSTGRES_PASSWORD"):
        interpolated(TEXT, {})
    assert env_file((ROOT / ".env.example").read_text(encoding="utf-8"))["POSTGRES_PASSWORD"] not in TEXT


def test_the_file_with_your_password_is_kept_out_of_git_and_of_the_image():
    assert "/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "!.env" not in (ROOT / ".dockerignore").read_text(encoding="utf-8")


def test_further_names_of_the_pages_leave_no_empty_one():
    def hosts(given: str) -> str:
        filled = interpolated(TEXT, {"POSTGRES_PASSWORD": "x", "ALLOWED_HOSTS": given})
        (line,) = [each for each in filled.splitlines() if "SIXMINUTE_ALLOWED_HOSTS" in each]
        return line.partition(": ")[2]

    assert hosts("") == "api"
    assert hosts("a.example.org,b.example.org") == "api,a.example.org,b.example.org"


def test_the_example_of_brands_and_rules_is_one_that_the_program_reads():
    (config,) = compose()["configs"].values()
    read = settings.load({"SIXMINUTE_CONFIG": str(ROOT / config["file"])})
    assert [brand.name for brand in read.brands] == ["Acme"]
    for name in PROGRAMS:
        (mounted,) = compose()["services"][name]["configs"]
        assert mounted["target"] == compose()["services"][name]["environment"]["SIXMINUTE_CONFIG"]


def test_workers_have_time_for_their_batch():
    assert {compose()["services"][name]["stop_grace_period"] for name in WORKERS} == {"45s"}
