"""Commands that look after an installation: migrate, dead-letters, erase."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Annotated

import msgspec
import typer

from core.errors import InputError, NotFoundError
from core.events import TOPICS, DeadLetter, decode
from core.ports.bus import Bus, Message, Received
from runtime import erasing
from runtime import settings as settings_module
from runtime.commands.helping import Command, Group
from runtime.printing import printable
from runtime.wiring import backends
from runtime.wiring.house import open_house

_MANY = 10_000
_PAGE = 500

dead_letters = typer.Typer(
    name="dead-letters", cls=Group, help="What could not be processed: list it, try it again, drop it."
)


def migrate() -> None:
    """Bring the database's tables, and the topics on Kafka, up to date. `up` does it by itself."""
    settings = settings_module.load(pages=False)
    changed = backends.prepare(settings)
    for sentence in changed:
        print(f"  {sentence}")
    with closing(backends.open_store(settings)) as store:
        print(f"The database is up to date: {store.name}")
    if settings.bus == "kafka":
        print(f"The topics are up to date: {settings.kafka_bootstrap}")


# --- dead letters ------------------------------------------------------------------------------------------------


_Letter = tuple[Received, DeadLetter]


def _letters(bus: Bus, topic: str) -> Iterator[tuple[str, Sequence[_Letter]]]:
    """Each topic of dead letters with what it holds, newest first."""
    known = [f"{name}.dead" for name in TOPICS]
    if topic and topic not in known:
        raise InputError(f"--topic {topic}: there is no such topic; choose one of {', '.join(known)}")
    for name in [topic] if topic else known:
        yield name, [(received, _read(received)) for received in bus.browse(name, limit=_MANY)]


def _read(received: Received) -> DeadLetter:
    """The letter; one that another program wrote in its own way can at least be seen and dropped."""
    try:
        return decode(received.value, DeadLetter)
    except InputError as error:
        value, at = received.value.decode("utf-8", "backslashreplace"), received.published_at
        return DeadLetter(id="", topic="", key=received.key, value=value, reason=str(error), stage="", at=at)


Topic = Annotated[str, typer.Option("--topic", help="Only this topic, such as mentions.raw.dead.")]


@dead_letters.command("list", cls=Command)
def list_letters(
    topic: Topic = "", as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False
) -> None:
    """Show what waits, newest first, with the reason."""
    with closing(_bus()) as bus:
        found = [(name, letter) for name, letters in _letters(bus, topic) for _, letter in letters]
    for name, letter in found:
        if as_json:
            print(msgspec.json.encode(letter).decode())
        else:
            beginning = json.dumps(letter.value[:80], ensure_ascii=True)
            print(f"{letter.at:%Y-%m-%d %H:%M:%S}  {name}  {printable(letter.reason)}\n    {beginning}")
    if not found and not as_json:
        print("No dead letters.")


@dead_letters.command("replay", cls=Command)
def replay_letters(topic: Topic = "") -> None:
    """Put letters back where they came from, oldest first; those that never were on the bus stay.

    Rows of a file are replayed with their file once it is corrected; what was posted to a webhook must be sent again.

    What several stages could not do has a letter of each, and comes back once: all of them read it anew.
    """
    again = stay = 0
    with closing(_bus()) as bus:
        for name, letters in list(_letters(bus, topic)):
            back = [(received, letter) for received, letter in reversed(letters) if letter.topic]
            stay += len(letters) - len(back)
            seen: set[Message] = set()
            for start in range(0, len(back), _PAGE):
                some = back[start : start + _PAGE]
                originals = list(dict.fromkeys(_original(letter) for _, letter in some))
                put_back = [original for original in originals if original not in seen]
                seen.update(put_back)
                bus.publish(put_back)
                bus.remove(name, [received for received, _ in some])
                again += len(put_back)
    print(f"{again} put back.")
    if stay:
        print(
            f"{stay} never were on the bus and stay in the list: of a file, correct its rows and replay it; "
            "of a webhook, mend the cause and have them sent again."
        )


def _original(letter: DeadLetter) -> Message:
    return Message(letter.topic, letter.key, letter.value.encode("utf-8", "surrogatepass"))


@dead_letters.command("drop", cls=Command)
def drop_letters(topic: Topic = "", yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False) -> None:
    """Remove letters for good."""
    with closing(_bus()) as bus:
        found = list(_letters(bus, topic))
        count = sum(len(letters) for _, letters in found)
        if count and not yes:
            typer.confirm(f"Remove {count} dead letters for good?", abort=True)
        for name, letters in found:
            bus.remove(name, [received for received, _ in letters])
    print(f"{count} removed.")


def _bus() -> Bus:
    settings = settings_module.load(pages=False)
    return backends.tracing(settings, "command")(backends.open_bus(settings, backends.system_clock()))


# --- erase --------------------------------------------------------------------------------------------------------


def erase(
    brand: Annotated[str, typer.Option("--brand", help="Everything kept about this brand.")] = "",
    mention: Annotated[str, typer.Option("--mention", help="One mention, with its case and drafts.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove a brand's data, or one mention, for good."""
    if bool(brand) == bool(mention):
        raise InputError("Name what to erase: either --brand NAME or --mention ID.")
    house = open_house(settings_module.load(pages=False))
    try:
        if brand:
            if brand not in house.store.brands():
                raise NotFoundError(
                    f"Nothing is kept about {brand!r}; brands: {', '.join(house.store.brands()) or 'none'}"
                )
            if not yes:
                typer.confirm(f"Remove everything kept about {brand!r} for good?", abort=True)
            print(f"{erasing.erase_brand(house, brand)} mentions of {brand!r} removed.")
        else:
            if not yes:
                typer.confirm(f"Remove mention {mention} for good?", abort=True)
            erasing.erase_mention(house, mention)
            print(f"Mention {mention} removed.")
    finally:
        house.close()
