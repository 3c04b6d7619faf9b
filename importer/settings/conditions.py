"""Which rows are meant: `COLUMN=VALUE,VALUE` or `COLUMN!=VALUE,VALUE`, as a person types it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import SettingsError
from importer.settings.kinds import Texts
from importer.text import csv_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows whose cell in `column` is one of `values`; with `is_not`, none of them. An empty value is an empty cell."""

    column: str
    values: tuple[str, ...]
    is_not: bool
    text: str


def condition_of(text: str, is_column: Callable[[str], bool] = lambda _: False) -> Condition:
    """Read one condition; values are separated by commas, and one that holds a comma stands in double quotes.

    Where it can be read in several ways (`Status!=ok` is of `Status`, or of `Status!`), it is of the longest name for
    which `is_column` holds; of none of them, it ends at the first `=`.

    Raises:
        SettingsError: it has no column, or no `=`.
    """
    readings = [*_readings(text)]
    if not readings:
        raise SettingsError(f"'{text}' is not COLUMN=VALUE or COLUMN!=VALUE, such as status=approved.")
    column, listed, is_not = next((one for one in readings if is_column(one[0])), readings[-1])
    cells = next(csv.reader([" ".join(listed.splitlines())], skipinitialspace=True), [])
    return Condition(column, tuple(cell.strip() for cell in cells) or ("",), is_not, text)


def _readings(text: str) -> Iterator[tuple[str, str, bool]]:
    """Column, values, and whether it is `!=`, in every way in which they may be told apart; the longest names first."""
    for at in reversed([at for at, character in enumerate(text) if character == "="]):
        name, listed = text[:at], text[at + 1 :]
        if (column := name.strip()) not in {"", "!"}:  # `!=approved` lacks its column
            yield column, listed, False
        if name.endswith("!") and (column := name[:-1].strip()):
            yield column, listed, True


def condition_text(column: str, values: Iterable[str], *, is_not: bool = False) -> str:
    """Write a condition so that it reads back as this column and these values."""
    return f"{column}{'!=' if is_not else '='}{csv_line(values)}"


class Conditions(Texts):
    """Several conditions, each as it was typed; all of them must hold."""

    def settle(self, value: object) -> tuple[str, ...]:
        """All of them as texts that can be read."""
        texts = super().settle(value)
        for text in texts:
            condition_of(text)
        return texts
