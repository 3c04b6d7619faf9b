"""What a check asks: a cell that can be read two ways, with the answers that the command knows, each asked once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.web.problems import read_problems

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from importer.web.view import View

_CHOICES = {
    "decimal": (("point", "1,234.56: the point is the decimal mark"), ("comma", "1.234,56: the comma is it")),
    "hidden": (("read", "Read the hidden rows, too"), ("skip", "Leave the hidden rows out")),
}
_TWO_DAYS = re.compile(r"'([^']+)' could be two days: say --timestamp-format '([^']+)' if .*?, '([^']+)' if ")
_DATES = "invalid_timestamp"


@dataclass(frozen=True, slots=True)
class Question:
    """`option` is what the answer sets, `text` the question, `answers` are values with what they mean."""

    option: str
    text: str
    answers: tuple[tuple[str, str], ...]


def question_of(view: View, refused: Path) -> Question | None:
    """What the last check asks, if anything; `refused` are the rows that it refused."""
    for option, answers in _CHOICES.items():
        if f"--{option} " in view.problem or view.problem.endswith(f"--{option}."):
            return Question(option, view.problem, answers)
    if view.state != "checked" or not _most_are_unread(view.summary or {}):
        return None
    found = (_TWO_DAYS.search(message) for _, _, message in read_problems(refused, _DATES, 1).rows)
    two = next((match for match in found if match), None)
    return None if two is None else _of_dates(*two.groups())


def _most_are_unread(summary: Mapping[str, Any]) -> bool:
    """Whether the dates of most rows are not read: an answer for a few would take the others their meaning."""
    return 2 * int(summary.get("by_code", {}).get(_DATES, 0)) > int(summary.get("rows", 0))


def _of_dates(cell: str, day_first: str, month_first: str) -> Question:
    answers = ((day_first, "The day comes first"), (month_first, "The month comes first"))
    return Question(
        "timestamp-format", f"{cell} stands in the file, and could be two days. Which comes first?", answers
    )
