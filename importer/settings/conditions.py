"""Which rows are meant: `COLUMN=VALUE,VALUE` or `COLUMN!=VALUE,VALUE`, as a person types it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import SettingsError
from importer.settings.kinds import Text, Texts
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
    return next((one for one in readings if is_column(one.column)), readings[-1])


def mark_of(text: str, is_column: Callable[[str], bool] = lambda _: False) -> Condition:
    """Read `--ours`: a condition that names what lines have that came by the API, and no empty value.

    Raises:
        SettingsError: it has no column or no value, or names what other lines have.
    """
    readings = [one for one in _readings(text) if all(one.values)]
    if not readings:
        raise SettingsError(f"--ours '{text}' is not {Mark.typed}.")
    mark = next((one for one in readings if is_column(one.column)), readings[-1])
    if mark.is_not:
        raise SettingsError(
            f"--ours '{text}' says what lines of others have. Say what those have that came by the API: --ours "
            f"{mark.column}=VALUE."
        )
    return mark


def _readings(text: str) -> Iterator[Condition]:
    """Every way in which column, values and `!=` may be told apart; the longest names first."""
    for at in reversed([at for at, character in enumerate(text) if character == "="]):
        name, values = text[:at], _values(text[at + 1 :])
        if (column := name.strip()) not in {"", "!"}:  # `!=approved` lacks its column
            yield Condition(column, values, is_not=False, text=text)
        if name.endswith("!") and (column := name[:-1].strip()):
            yield Condition(column, values, is_not=True, text=text)


def _values(listed: str) -> tuple[str, ...]:
    cells = next(csv.reader([" ".join(listed.splitlines())], skipinitialspace=True), [])
    return tuple(cell.strip() for cell in cells) or ("",)


def condition_text(column: str, values: Iterable[str], *, is_not: bool = False) -> str:
    """Write a condition so that it reads back as this column and these values."""
    return f"{column}{'!=' if is_not else '='}{csv_line(values)}"


class Mark(Text):
    """A mark of our lines, as it was typed."""

    typed = "COLUMN=VALUE[,VALUE] without an empty value, such as source=api"

    def settle(self, value: object) -> str:
        """A text that can be read."""
        text = super().settle(value)
        mark_of(text, lambda _: True)  # in one of its ways at least: the columns are not known yet
        return text


class Conditions(Texts):
    """Several conditions, each as it was typed; all of them must hold."""

    def settle(self, value: object) -> tuple[str, ...]:
        """All of them as texts that can be read."""
        texts = super().settle(value)
        for text in texts:
            condition_of(text)
        return texts
