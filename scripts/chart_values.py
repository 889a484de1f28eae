"""Write the tables of the chart's README from values.yaml and values.schema.json; a test holds them true."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parent.parent / "helm" / "sixminute"
BEGIN, END = "<!-- values: python scripts/chart_values.py -->\n", "<!-- end of values -->\n"
COMPONENTS = ("ingest", "sentiment", "alerting", "responding", "publisher", "api")
FULLEST = "sentiment"
"""The component that has every value a component can have."""
_LONGEST = 60

Tree = dict[str, Any]


def tables() -> str:
    """All values but those of the components, then what every component has, then where the components differ."""
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    kinds, properties = schema["definitions"], schema["properties"]
    general = [
        row
        for name, value in values.items()
        if name not in COMPONENTS
        for row in _rows(name, value, properties[name], kinds)
    ]
    shared = [
        (path, _default([_at(values[each], path) for each in COMPONENTS]), text)
        for path, _, text in _rows("", values[FULLEST], properties[FULLEST], kinds)
    ]
    return "\n".join(
        [
            _table(("value", "default", "what"), general),
            f"Each of {', '.join(f'`{name}`' for name in COMPONENTS)} has:\n",
            _table(("value", "default", "what"), shared),
            "They differ in:\n",
            _table(
                ("component", "CPU", "memory", "at most", "pods at most", "lag", "seconds to end"), _differences(values)
            ),
        ]
    )


def _rows(path: str, value: Any, schema: Tree, kinds: Tree) -> Iterator[tuple[str, str, str]]:
    whole = kinds[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    inner = whole.get("properties", {})
    if isinstance(value, dict) and value and set(value) <= set(inner) and not path.endswith("resources"):
        for name, each in value.items():
            yield from _rows(f"{path}.{name}".strip("."), each, inner[name], kinds)
    else:
        yield path, _written(value), schema["description"]


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _default(values: list[Any]) -> str:
    given = {_written(value) for value in values if value is not None}
    return given.pop() if len(given) == 1 else "by component"


def _written(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= _LONGEST else "see values.yaml"


def _differences(values: Tree) -> Iterator[tuple[str, ...]]:
    for name in COMPONENTS:
        paths = ("resources.requests.cpu", "resources.requests.memory", "resources.limits.memory")
        scaling = ("autoscaling.maxReplicas", "autoscaling.lag", "terminationGracePeriodSeconds")
        yield f"`{name}`", *(str(_at(values[name], path) or "") for path in (*paths, *scaling))


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [head, ("---",) * len(head)]
    lines += [(f"`{row[0]}`" if not row[0].startswith("`") else row[0], *row[1:]) for row in rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def main() -> None:
    """Put the tables between their marks."""
    readme = CHART / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{BEGIN}\n{tables()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
