"""What `check` makes of files: the rows as they would be sent, or what it says instead."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.errors import ImporterError
from importer.model import FIELDS
from importer.run.pipeline import run_check
from importer.settings import InputSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Heard(NamedTuple):
    """`rows` are the first that would be sent, `posted` how many, `codes` those of the others, `said` all sentences."""

    rows: tuple[tuple[str | None, ...], ...]
    posted: int
    codes: Mapping[str, int]
    said: str
    exit_status: int

    def column(self, field: str) -> list[str | None]:
        """A field of the first rows that would be sent."""
        return [row[FIELDS.index(field)] for row in self.rows]

    def options(self, name: str) -> list[str]:
        """The values of an option in what was said, as a shell reads them."""
        words = shlex.split(self.said.replace("'s ", " "))
        return [words[n + 1].rstrip(";.,") for n, word in enumerate(words[:-1]) if word == name]


def heard(*files: Path | str, **options: Any) -> Heard:
    """Check files in this process; a refusal is what was said, with no rows."""
    try:
        summary = run_check(InputSettings(inputs=tuple(map(str, files)), **options))
    except ImporterError as error:
        return Heard((), 0, {}, str(error), error.exit_status)
    said = [*summary.warnings, *(example.text for one in summary.findings for example in one.examples)]
    return Heard(summary.sample, summary.posted.rows, summary.by_code, "\n".join(said), summary.exit_status)
