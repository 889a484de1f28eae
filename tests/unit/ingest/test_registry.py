"""What a [[sources]] table becomes, and the one line where it can't."""

from pathlib import Path

import msgspec
import pytest

from core.brand import Brand
from core.errors import ConfigurationError
from ingest.settings import TAKES, Networks, SourceSettings
from ingest.sources.demonstration import Demonstration
from ingest.sources.recording import Recording
from ingest.sources.registry import KINDS, make_source
from tests.fakes import FakeClock

ACME = [Brand(name="Acme")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feed.csv"
    path.write_text("created_at,Message,place\n2026-03-01T10:00:00Z,My kettle broke,shop\n", encoding="utf-8")
    return path


def test_a_recording_is_read_as_its_table_says(file: Path, clock: FakeClock) -> None:
    table = SourceSettings(
        name="feed", kind="recording", file=file, map="text=Message", where=("place=shop",), brand="Acme", speed=0.0
    )
    source = make_source(table, ACME, clock, Networks())
    assert isinstance(source, Recording)
    (mention,) = [mention for item in source.items("") for mention in item.mentions]
    assert (mention.brand, mention.source, mention.text) == ("Acme", "x", "My kettle broke")
    assert mention.created_at == clock.now()


def test_a_recording_is_for_the_brands_that_take_mentions_from_it(file: Path, clock: FakeClock) -> None:
    brands = [Brand(name="Acme", aliases=("kettle",), sources=("other",)), Brand(name="Bolt", aliases=("broke",))]
    table = SourceSettings(name="feed", kind="recording", file=file, map="text=Message", speed=0.0)
    for name, found in (("feed", ["Bolt"]), ("other", ["Acme", "Bolt"])):
        source = make_source(msgspec.structs.replace(table, name=name), brands, clock, Networks())
        assert [mention.brand for item in source.items("") for mention in item.mentions] == found
    with pytest.raises(
        ConfigurationError, match="about Acme, which takes no mentions from 'feed': add that to the `so"
    ):
        make_source(msgspec.structs.replace(table, brand="Acme"), brands, clock, Networks())


def test_the_demonstration_needs_nothing_else(clock: FakeClock) -> None:
    assert isinstance(
        make_source(SourceSettings(name="show", kind="demonstration"), (), clock, Networks()), Demonstration
    )


def test_every_kind_that_settings_know_can_be_made() -> None:
    assert set(KINDS) == set(TAKES) == set(SourceSettings.__annotations__["kind"].__args__)


def test_every_setting_of_a_source_is_taken_by_some_kind() -> None:
    fields = {field.name for field in msgspec.structs.fields(SourceSettings)}
    assert {name for names in TAKES.values() for name in names} == fields - {"name", "kind"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"file": Path()}, "a recording needs `file`"),
        ({"file": Path("gone.csv")}, "gone.csv: there is no such file"),
        ({"file": Path("/")}, "needs `file`"),
        ({"file": Path(__file__).parent}, "must end in one of .csv"),
        ({"map": "text"}, "--map"),
        ({"map": "words=Message"}, "there is no field words"),
        ({"map": "text=Nothing"}, "no column Nothing"),
        ({"where": ("place",)}, "--where"),
        ({"where": ("street=1",)}, "no column street"),
        ({"brand": "Bolt"}, "the brand Bolt isn't configured"),
        ({"speed": -1.0}, "speed -1.0"),
        ({"speed": float("nan")}, "speed nan"),
    ],
)
def test_what_is_wrong_with_a_table_is_one_line_that_names_it(
    file: Path, clock: FakeClock, change: dict[str, object], says: str
) -> None:
    right: dict[str, object] = {"file": file, "map": "text=Message", "where": (), "brand": "Acme", "speed": 1.0}
    table = SourceSettings(name="the feed", kind="recording", **{**right, **change})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as caught:
        make_source(table, ACME, clock, Networks())
    message = str(caught.value)
    assert message.startswith("[[sources]] 'the feed': ")
    assert says in message
    assert "\n" not in message
