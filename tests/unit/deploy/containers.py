"""The Dockerfile and compose.yaml as their tools read them."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[3]
COMPOSE_SCHEMA = Path(__file__).parent / "vendor" / "compose-spec.json"
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?:(?P<kind>:[-?+])(?P<text>(?:[^{}]|\{[^{}]*\})*))?\}")


class Instruction(NamedTuple):
    """One instruction of a Dockerfile: its word in capitals, and the rest in one line."""

    word: str
    rest: str


def instructions(text: str) -> list[Instruction]:
    """The instructions of a Dockerfile, without comments, with their continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [
        Instruction(word.upper(), rest.strip())
        for word, _, rest in (line.partition(" ") for line in joined.split("\n"))
    ]


def stages(text: str) -> list[list[Instruction]]:
    """The instructions stage by stage, each beginning with its FROM."""
    found: list[list[Instruction]] = []
    for instruction in instructions(text):
        if instruction.word == "FROM":
            found.append([])
        if found:
            found[-1].append(instruction)
    return found


def faults(text: str) -> list[str]:
    """What is wrong with a Dockerfile, a line each; the rules are those that people hold images to."""
    found = []
    for word, rest in instructions(text):
        if word == "FROM":
            image = rest.split()[0]
            if not re.search(r":\d+\.\d+\S*$|@sha256:[0-9a-f]{64}$", image):
                found.append(f"FROM {image}: name a version")
        if word == "ADD":
            found.append(f"ADD {rest}: use COPY")
        if word in {"ARG", "ENV"} and re.search(r"(?i)\b\w*(password|secret|token|credential|api_?key)\w*\b", rest):
            found.append(f"{word} {rest}: secrets stay in the history of an image")
        if word == "RUN" and "apt-get install" in rest:
            if "--no-install-recommends" not in rest:
                found.append("apt-get install brings what is only recommended")
            if "/var/lib/apt/lists" not in rest:
                found.append("apt-get leaves its lists behind")
        if word == "RUN" and re.search(r"(?<!uv )pip install (?!.*==)", rest):
            found.append("pip install takes whatever version there is")
        if word == "RUN" and re.search(r"\b(sudo|curl|wget)\b", rest):
            found.append(f"RUN {rest}: what is fetched is checked by nobody")
        if word in {"CMD", "ENTRYPOINT"} and not rest.startswith("["):
            found.append(f"{word} {rest}: a shell would stand between signals and the program")
    last = stages(text)[-1]
    users = [rest for word, rest in last if word == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]):
        found.append("the last USER is no number other than 0")
    if not any(word == "HEALTHCHECK" for word, _ in last):
        found.append("no HEALTHCHECK")
    return found


def environment_of(stage: list[Instruction]) -> dict[str, str]:
    """What the ENV instructions of a stage set."""
    return {
        name: value.strip('"')
        for word, rest in stage
        if word == "ENV"
        for name, value in re.findall(r'([A-Z_]+)=("[^"]*"|\S+)', rest)
    }


def env_file(text: str) -> dict[str, str]:
    """The variables of a .env file."""
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def interpolated(text: str, variables: dict[str, str]) -> str:
    """A compose file with its variables filled in.

    Raises:
        KeyError: one that must be set isn't.
    """

    def value(match: re.Match[str]) -> str:
        given, kind, otherwise = variables.get(match["name"], ""), match["kind"], match["text"] or ""
        if kind == ":+":
            return interpolated(otherwise, variables) if given else ""
        if kind == ":?" and not given:
            raise KeyError(match["name"])
        return given or (otherwise if kind == ":-" else "")

    return _VARIABLE.sub(value, text)


def names_of_variables(text: str) -> set[str]:
    """Every variable that a compose file asks for."""
    return {match["name"] for match in _VARIABLE.finditer(text)}


def compose() -> dict[str, Any]:
    """compose.yaml with the values of .env.example."""
    given = env_file((ROOT / ".env.example").read_text(encoding="utf-8"))
    loaded: dict[str, Any] = yaml.safe_load(interpolated((ROOT / "compose.yaml").read_text(encoding="utf-8"), given))
    return loaded


def compose_schema() -> dict[str, Any]:
    """The schema of the Compose Specification."""
    loaded: dict[str, Any] = json.loads(COMPOSE_SCHEMA.read_text(encoding="utf-8"))
    return loaded
