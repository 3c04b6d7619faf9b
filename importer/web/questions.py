"""What a check asks: what can be meant in two ways, with the answers that the command knows, each asked once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.web.problems import read_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.web.view import View

_CHOICES = {
    "decimal": (("point", "1,234.56: the point is the decimal mark"), ("comma", "1.234,56: the comma is it")),
    "hidden": (("read", "Read the hidden rows, too"), ("skip", "Leave the hidden rows out")),
}
_TWO_DAYS = re.compile(r"'([^']+)' could be two days: say --timestamp-format '([^']+)' if .*?, '([^']+)' if ")
_DATES, _TYPES = "invalid_timestamp", "invalid_attribution_type"
_MEANT = re.compile(r"if it is a (\w+), say --value attribution_type:(.+)=\1\.")
_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z-])")
_OTHERS = re.compile(r"--already (?:'[^']*?|\S*?)\b([a-z0-9]{4,40})\.results\.csv")
_ALREADY, _OVERLAP = "already", "--overlap allow"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is chosen with it, as fields of the form, and what it says."""

    fields: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """`text` is the question; `tells_all` where it says what the check had to say, which need not be said again."""

    text: str
    answers: tuple[Answer, ...]
    tells_all: bool = False


def question_of(view: View, refused: Path) -> Question | None:
    """What the last check asks, if anything; `refused` are the rows that it refused."""
    return next(_questions(view, refused), None)


def _questions(view: View, refused: Path) -> Iterator[Question]:
    chosen = view.history.options
    for option, answers in _CHOICES.items():
        if re.search(rf"--{option}[ .]", view.problem):
            yield Question(_facts(view.problem), tuple(Answer(((option, one),), text) for one, text in answers), True)
    if _OVERLAP in view.problem and (others := _OTHERS.findall(view.problem)):
        yield _of_others([*chosen.get(_ALREADY, ()), *others])
    if view.state == "checked":
        by_code = (view.summary or {}).get("by_code", {})
        if _most_are_unread(view.summary or {}):
            yield from _of_dates(refused)
        if by_code.get(_TYPES):
            yield from _of_words(refused, chosen.get("value", ()))


def _facts(problem: str) -> str:
    """A refusal without the sentences that name options: the answers say what these do."""
    said = [one for one in _SENTENCE.split(problem) if "--" not in one and "Nothing was posted" not in one]
    return " ".join(said) or problem


def _of_others(others: Sequence[str]) -> Question:
    """Rows that other imports of the page have, or look as if they had."""
    kept = tuple((_ALREADY, one) for one in dict.fromkeys(others))
    return Question(
        "Are these the same events? Then they must not be posted again.",
        (Answer(kept, "Yes: leave these rows out, and post the others"),),
    )


def _most_are_unread(summary: Mapping[str, Any]) -> bool:
    """Whether the dates of most rows are not read: an answer for a few would take the others their meaning."""
    return 2 * int(summary.get("by_code", {}).get(_DATES, 0)) > int(summary.get("rows", 0))


def _of_dates(refused: Path) -> Iterator[Question]:
    found = (_TWO_DAYS.search(message) for _, _, message in read_problems(refused, _DATES, 1).rows)
    for cell, day_first, month_first in (match.groups() for match in found if match):
        answers = ((day_first, "The day comes first"), (month_first, "The month comes first"))
        text = f"{cell} stands in the file, and could be two days. Which comes first?"
        yield Question(text, tuple(Answer((("timestamp-format", form),), said) for form, said in answers))


def _of_words(refused: Path, known: Sequence[str]) -> Iterator[Question]:
    """Words that others have for a type."""
    found = (_MEANT.search(message) for _, _, message in read_problems(refused, _TYPES, 1).rows)
    kinds = {match[2]: match[1] for match in found if match}
    if kinds:
        said = ", ".join(f"“{word}” is a {kind}" for word, kind in kinds.items())
        values = [*known, *(f"attribution_type:{word}={kind}" for word, kind in kinds.items())]
        words = " and ".join(f"“{word}”" for word in kinds)
        stand = "stand" if len(kinds) > 1 else "stands"
        text = f"{words} {stand} in the file as a type, which is sale, click or send. What is meant?"
        yield Question(text, (Answer(tuple(("value", one) for one in values), f"Yes: {said}"),))
