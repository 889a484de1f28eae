from pathlib import Path

import pytest

from core.errors import InputError
from runtime.columns import check_column


def test_of_many_columns_the_first_are_named(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(",".join(f"c{number}" for number in range(200)) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"c0, .*c49 …$"):
        check_column(table, "--text-column", "text")
    table.write_text("text,label\n", encoding="utf-8")
    assert check_column(table, "--text-column", "text") == ("text", "label")


def test_lines_that_are_no_objects_have_no_columns(tmp_path: Path) -> None:
    table = tmp_path / "a.jsonl"
    table.write_text('[{"text": "good"}]\n', encoding="utf-8")
    with pytest.raises(InputError, match="no row can be read; row 1: not a JSON object"):
        check_column(table, "--text-column", "text")
    table.write_text("{}\n", encoding="utf-8")
    with pytest.raises(InputError, match="must be a JSON object with values"):
        check_column(table, "--text-column", "text")
