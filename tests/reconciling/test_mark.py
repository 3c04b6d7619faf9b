"""`--ours`: whatever the column is called and whatever it holds, there is a way to say which lines came by the API."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import InputSettings, ReconcileSettings
from importer.errors import InputError, SettingsError
from importer.reconciling.export import read_export
from importer.schema import ColumnNames
from importer.settings import condition_text
from tests.support.examples import FEWER_EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


CELLS = ("api", "tune", " API ", "")
SIGNS = st.text(st.sampled_from("=!<>~'\"+: ,;()$#-@é状\u3000\u00a0\u200b"), max_size=6)


def write(path: Path, header: Sequence[str], cells: Sequence[str] = CELLS) -> Path:
    """An export whose last column says what stored a line; those before it hold `api` everywhere."""
    rows = [(f"tfb0ra{n:02}", "1.00", *["api"] * (len(header) - 1), cell) for n, cell in enumerate(cells)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("message_id", "revenue", *header), *rows])
    return path


def ours(path: Path, mark: str) -> list[bool]:
    """Which lines are ours by that mark."""
    settings = ReconcileSettings(ours=mark)
    return read_export(str(path), InputSettings(delimiter=","), settings.ours).lines["ours"].to_list()


def named(header: Sequence[str]) -> str:
    """The name by which an option means the last of these columns alone."""
    return ColumnNames(["message_id", "revenue", *header], "vendor.csv").title(len(header) + 1)


@pytest.mark.parametrize(
    "header",
    [["source=x"], ["=source"], ["source!"], ["!"], ["="], ["source", "source=api"], ["source=api", "source"], [""],
     ["source!", "source"], ["SOURCE", "source"], ["from=to=api"], ["source!=tune"], ["a=b", "a=b"]],
)  # fmt: skip
def test_a_column_may_be_called_anything(tmp_path: Path, header: list[str]) -> None:
    """Signs that the option has a meaning for may stand in names, also where one name begins with another."""
    path = write(tmp_path / "vendor.csv", header)
    assert ours(path, f"{named(header)}=api") == [True, False, True, False]


@FEWER_EXAMPLES
@given(before=SIGNS, behind=SIGNS, other=SIGNS, value=SIGNS.filter(lambda text: text.strip("\u3000\u00a0\u200b ")))
def test_hostile_names_and_values(
    tmp_path_factory: pytest.TempPathFactory, before: str, behind: str, other: str, value: str
) -> None:
    """The same for names and values that nobody thought of, beside a column that goes on where the other ends."""
    name = f"{before}source{behind}"
    header = [f"{name}{other}" if other.strip() else "x", name]
    path = write(tmp_path_factory.mktemp("hostile") / "vendor.csv", header, (value, "tune"))
    assert ours(path, condition_text(named(header), [value])) == [True, False]


def test_two_columns_of_one_name_are_told_apart_as_the_sentence_says(tmp_path: Path) -> None:
    """Each of the names that it offers means one of them."""
    path = write(tmp_path / "vendor.csv", ["Came from=", "came-from="])
    with pytest.raises(InputError, match="Name one") as refused:
        ours(path, "CAME FROM==api")
    first, second = re.findall(r"'([^']+)'", str(refused.value).partition("Name one")[2])
    assert ours(path, f"{first}=api") == [True] * 4
    assert ours(path, f"{second}=api") == [True, False, True, False]


@pytest.mark.parametrize(
    ("mark", "cells", "expected"),
    [
        ('source="api, v2",bulk', ("api, v2", "BULK", "api"), [True, True, False]),
        ("source=api", ("api\u200b", "\u00a0api", "apis"), [True, True, False]),
        ("source=1", ("1", "1.0", "01"), [True, False, False]),  # texts: `01` may be another source
    ],
)
def test_what_a_cell_holds(tmp_path: Path, mark: str, cells: tuple[str, ...], expected: list[bool]) -> None:
    assert ours(write(tmp_path / "vendor.csv", ["source"], cells), mark) == expected


def test_numbers_of_a_typed_column_are_numbers(tmp_path: Path) -> None:
    """In Parquet `1` and `1.0` are one value, as they are to `--where`."""
    path = tmp_path / "vendor.parquet"
    pl.DataFrame({"message_id": ["tfb0ra01", "tfb0ra02"], "revenue": ["1", "2"], "via": [1.0, 2.0]}).write_parquet(path)
    assert ours(path, "via=1") == [True, False]


@pytest.mark.parametrize("mark", ["source", "=api", "source=", "source=api,", "!=api", ""])
def test_a_mark_says_which_lines_are_ours(mark: str) -> None:
    """No column, no value or an empty one: refused before anything is read."""
    with pytest.raises(SettingsError, match="--ours"):
        ReconcileSettings(ours=mark)


def test_a_mark_of_others_is_none(tmp_path: Path) -> None:
    """`!=` is refused with what to say instead, unless the column is called so."""
    with pytest.raises(SettingsError, match="--ours via=VALUE"):
        ours(write(tmp_path / "vendor.csv", ["via"]), "via!=tune")
    assert ours(write(tmp_path / "vendor.csv", ["via!"]), "via!=api") == [True, False, True, False]
