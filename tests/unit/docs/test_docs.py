"""The documentation is held to what is there."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
import typer

from alerting.channels.settings import TAKES, ChannelSettings, check_channels, check_taken
from alerting.policies import Override, PagingSettings, Person, Policy, Rotation, Step
from alerting.settings import AlertingSettings
from core.brand import Brand
from core.quiet import Maintenance, QuietSettings
from core.spend import Budgets, Prices
from ingest.match import Matcher
from runtime import cli
from runtime.settings import TABLES, Settings, load
from runtime.settings_quiet import check_maintenance
from runtime.wiring import paging
from tests.fakes import FakeClock

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def test_every_setting_stands_in_the_readme_or_the_guide():
    for field in msgspec.structs.fields(Settings):
        if field.name not in TABLES:
            assert f"`SIXMINUTE_{field.name.upper()}`" in README + GUIDE, field.name


@pytest.mark.parametrize("page", [README, GUIDE])
def test_every_setting_that_is_named_exists(page):
    known = {f"SIXMINUTE_{field.name.upper()}" for field in msgspec.structs.fields(Settings)}
    named = set(re.findall(r"SIXMINUTE_[A-Z_]*[A-Z]", page)) - {"SIXMINUTE_KAFKA"}
    assert named <= known | {"SIXMINUTE_CONFIG", "SIXMINUTE_TORCH"}


def test_every_command_has_a_help_text_and_the_readme_names_only_real_ones():
    group = typer.main.get_command(cli.app)
    commands = group.commands  # type: ignore[attr-defined]
    for name, command in commands.items():
        assert command.help, name
    named = set(re.findall(r"\.venv/bin/sixminute ([a-z-]+)", README))
    assert named <= set(commands)


def test_links_lead_somewhere():
    for page in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_tour_names_every_room_and_only_files_that_exist():
    tour = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
    for room in ("core", "ingest", "sentiment", "alerting", "responding", "adapters", "api", "runtime"):
        assert f"`{room}/`" in tour
    for path in set(re.findall(r"`?((?:[a-z]+/)+[a-z_]+\.py)`?", tour)):
        assert (ROOT / path).exists(), path


def test_every_decision_is_in_the_index():
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    for record in (ROOT / "docs/decisions").glob("0*.md"):
        assert record.name in index


def test_the_rules_name_every_field_of_a_brand_in_examples_that_hold():
    rules = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    section = rules.split("## Brands")[1].split("\n## ")[0]
    brands = tomllib.loads(section.split("```toml")[1].split("```")[0])["brands"]
    assert {name for brand in brands for name in brand} == {*Brand.__struct_fields__} - {"demonstration"}
    Matcher(msgspec.convert(brands, list[Brand]))


def test_the_guide_to_paging_names_every_setting_in_an_example_that_holds(tmp_path):
    guide = (ROOT / "docs/escalation.md").read_text(encoding="utf-8")
    for kind in (Person, Rotation, Override, Policy, Step, PagingSettings):
        assert {name for name in kind.__struct_fields__ if f"`{name}`" not in guide} == set()
    file = tmp_path / "sixminute.toml"
    file.write_text(guide.split("```toml")[1].split("```")[0], encoding="utf-8")
    loaded = load({"SIXMINUTE_CONFIG": str(file)})
    assert (len(loaded.people), len(loaded.rotations), len(loaded.policies)) == (4, 1, 2)
    for kind, made in (
        (Person, Person(name="")),
        (Policy, Policy(name="", steps=())),
        (PagingSettings, PagingSettings()),
    ):
        for names, stated in re.findall(r"^\| (`.+?`) \| ([`\w.]+) \|", guide, re.MULTILINE):
            for name in set(re.findall(r"`(\w+)`", names)) & set(kind.__struct_fields__) - {"name"}:
                if isinstance(value := getattr(made, name), str | float | int):
                    assert stated.strip("`") == _written(value), name


def test_the_example_of_maintenance_names_every_field_and_holds():
    example = tomllib.loads((ROOT / "docs/quiet.md").read_text(encoding="utf-8").split("```toml")[1].split("```")[0])
    windows = msgspec.convert(example["maintenance"], tuple[Maintenance, ...])
    assert {*example["maintenance"][0]} == {*Maintenance.__struct_fields__}
    check_maintenance(windows, ["Acme"], ["bluesky"])
    assert msgspec.convert(example["quiet"], QuietSettings) == QuietSettings()


def test_the_prices_in_the_example_are_those_of_the_settings():
    section = (ROOT / "docs/sources.md").read_text(encoding="utf-8").split("## What it costs")[1]
    example = tomllib.loads(section.split("```toml")[1].split("```")[0])
    assert example["prices"] == msgspec.to_builtins(Prices())
    assert msgspec.convert(example["budgets"], Budgets).x


def test_every_example_of_a_channel_can_be_made():
    page = (ROOT / "docs/channels.md").read_text(encoding="utf-8")
    examples = [tomllib.loads(each.split("```")[0])["channels"][0] for each in page.split("```toml")[1:]]
    for example in examples:
        check_taken(example["kind"], example)
    made = msgspec.convert(examples, tuple[ChannelSettings, ...])
    check_channels(made)
    names = ["slack", "teams", "telegram", "line", "mail", "sms", "duty", "hook"]
    assert [channel.name for channel in paging.channels(made, FakeClock())] == ["log", *names]
    table = dict(re.findall(r"^\| `(\w+)` \|(.*?)\|", page, re.MULTILINE))
    for kind, takes in TAKES.items():
        assert re.findall(r"`(\w+)`", table[kind]) == [name for name in takes if name != "limit_seconds"], kind


def test_every_default_in_the_alarm_table_is_that_of_the_settings():
    rules = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
    alarm = rules.split("## The alarm")[1].split("## Answering")[0]
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|", alarm, re.MULTILINE)
    assert rows
    settings = AlertingSettings()
    for names, stated in rows:
        values = [getattr(settings, name) for name in re.findall(r"`(\w+)`", names)]
        flat = [each for value in values for each in (value if isinstance(value, tuple) else (value,))]
        assert re.split(r"[,;] ", stated) == [_written(each) for each in flat] or (stated == "none" and not flat), names


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
