"""The values of a column, each with its rows and money; and the options that decide about them."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl

from importer.model import Share
from importer.schema.cells import on_one_line
from importer.schema.columns import bare, plain_name
from importer.schema.money import exact_sums
from importer.settings import condition_text
from importer.text import share_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FILLED = "(filled)"
"""Stands for all cells of a column that matter only by not being empty."""
_NAMED = 8
_MOST = 500
"""Different values beyond which a column is none of a few kinds: what comes later is counted together."""
_IN_AN_OPTION = 20
"""Values that an option names; more make it too long to be read."""


def lowered(cells: pl.Series) -> pl.Series:
    """The cells as `--where` compares them: in lower case, on one line, without white space around; or empty texts."""
    return on_one_line(cells).str.to_lowercase()


def is_few(found: pl.Series) -> bool:
    """Whether these different values may be a few kinds."""
    return found.len() <= _MOST


def told_apart(columns: Iterable[tuple[str, int]]) -> Iterator[tuple[tuple[str, int], str, int]]:
    """Columns, each with what it is known by in all files: its plain name, and which of those so called it is."""
    seen: Counter[str] = Counter()
    for name, position in columns:
        plain = plain_name(bare(name))
        seen[plain] += 1
        yield (plain, seen[plain]), name, position


class Values:
    """Rows and money of each value of a column, over all files; a value is spelled as it was first."""

    def __init__(self) -> None:
        self.shares: dict[str, Share] = {}
        self.spelled: dict[str, str] = {}
        self.others = Share()
        self.first = ""

    @property
    def rows(self) -> int:
        """Rows with any of these values."""
        return sum(share.rows for share in self.shares.values()) + self.others.rows

    def note(self, source: str, rows: pl.DataFrame, cells: pl.Series) -> None:
        """Count rows by their cells as they are written, and keep where the first of all stands."""
        plain = lowered(cells)
        self.spell(plain, cells)
        self.add(plain, rows["amount"])
        self.first = self.first or f"first in {source} row {rows['row'][0]:,}"

    def add(self, cells: pl.Series, amounts: pl.Series) -> None:
        """Count the rows with these cells (as they are compared) and amounts."""
        for text, size, revenue in exact_sums(pl.DataFrame({"cell": cells, "amount": amounts}), "cell"):
            share = Share(size, revenue)
            if text in self.shares or len(self.shares) < _MOST:
                self.shares[text or ""] = self.shares.get(text or "", Share()) + share
            else:
                self.others += share

    def spell(self, cells: pl.Series, written: pl.Series) -> None:
        """Note how new values are written."""
        new = ~cells.is_in(list(self.spelled))
        if new.any():
            pairs = pl.DataFrame({"cell": cells.filter(new), "written": written.filter(new)})
            few = pairs.unique("cell", maintain_order=True).head(_MOST)
            for cell, text in zip(few["cell"], on_one_line(few["written"]), strict=True):
                self.spelled.setdefault(cell, text)

    def ordered(self, chosen: Iterable[str]) -> list[str]:
        """Some values, the most frequent first."""
        return sorted(chosen, key=lambda value: (-self.shares[value].rows, value))

    def named(self, chosen: Iterable[str]) -> str:
        """Some values with rows and money, the most frequent first."""
        ordered = self.ordered(chosen)
        texts = [f"{self._shown(value)} {share_text(self.shares[value])}" for value in ordered[:_NAMED]]
        rest = sum((self.shares[value] for value in ordered[_NAMED:]), Share())
        return ", ".join([*texts, f"others {share_text(rest)}"] if rest.rows else texts)

    def _shown(self, value: str) -> str:
        if value == FILLED:
            return value
        return repr(self.spelled.get(value, value)[:40]) if value else "(empty)"

    def where(self, column: str, values: Iterable[str], *, is_not: bool) -> str:
        """The option that means these values of the column, as the file spells them, ready for a shell."""
        spelled = [self.spelled.get(value, value) for value in values]
        return f"--where {shlex.quote(condition_text(column, spelled, is_not=is_not))}"

    def leaving_out(self, column: str) -> str:
        """How to leave out the rows with all of these values, as the beginning of a sentence."""
        if len(self.shares) > _IN_AN_OPTION:
            return "Leave them out of the file"
        return f"{self.where(column, self.shares, is_not=True)} leaves them out"


def ignoring(column: str) -> str:
    """The option that lets the column have no say, ready for a shell."""
    return f"--ignore {shlex.quote(column)}"
