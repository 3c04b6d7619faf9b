"""What comes after a comparison: each thing to do, with what it is done by."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from importer.reconciling.outcome import DIFFERENCES
from importer.reconciling.rule import NOT_RECORDED, RECORDED
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.reconciling.outcome import Reconciliation

_TAKING = {"--apply", "--why", "--by", "--verdicts", "--report"}
_WHY = "--why 'vendor export'"


class Step(NamedTuple):
    """One thing to do: in words, by which options of the same comparison, and by which other commands."""

    text: str
    options: str = ""
    commands: Sequence[str] = ()

    def whole(self, command: Sequence[str]) -> list[str]:
        """All commands, ready to copy; `command` are the arguments of the comparison."""
        again = " ".join(["revenue-importer", *(shlex.quote(word) for word in _without_writing(command))])
        return [*([f"{again} {self.options}"] if self.options else []), *self.commands]


def _without_writing(command: Sequence[str]) -> Iterator[str]:
    """The arguments but for those that write something."""
    words = iter(command)
    for word in words:
        if word in _TAKING:
            next(words, None)
        elif word.partition("=")[0] not in _TAKING and word not in {"--yes", "-y", "--json"}:
            yield word


def next_steps(found: Reconciliation) -> list[Step]:
    """The steps, in their order; one that says so where there is nothing to do."""
    return list(_steps(found)) or [Step("nothing: the results and the vendor's records agree.")]


def _steps(found: Reconciliation) -> Iterator[Step]:
    settled, applied = found.settled, found.applied
    if settled[RECORDED].rows > applied.get(RECORDED, 0):
        told = rows_text(settled[RECORDED].rows)
        yield Step(
            f"record the verdict on {told} proven recorded, never to be posted again:", f"--apply recorded {_WHY}"
        )
    if settled[NOT_RECORDED].rows > applied.get(NOT_RECORDED, 0):
        told = rows_text(settled[NOT_RECORDED].rows)
        text = f"when you trust that the export is whole, free {told} proven not recorded, for the next import to post:"
        yield Step(text, f"--apply all {_WHY}")
    if applied.get(NOT_RECORDED):
        yield Step(f"run the import again: it posts the {rows_text(applied[NOT_RECORDED])} that were not recorded.")
    if found.groups is not None:
        yield from _totals_steps(found)
    elif found.shares["open"].rows:
        yield from _open_steps(found)
    if any(found.shares[kind].rows for kind in DIFFERENCES):
        yield Step("look at the differences above with the vendor; the program changes nothing about them.")


def _totals_steps(found: Reconciliation) -> Iterator[Step]:
    odd = not all(group.agrees for group in found.groups or ())
    if not odd and not found.shares["open"].rows:
        yield Step(
            "the totals agree, but they do not prove that each row is there (exit status 1): for that, compare with an "
            "export that is row by row."
        )
    if odd:
        yield Step(
            "look up rows that would explain a difference, or find an export that is row by row: that settles them."
        )
    if found.shares["open"].rows:
        commands = [
            f"revenue-importer resolve {name} --row N --recorded|--not-recorded --why TEXT" for name in _results(found)
        ]
        yield Step("say what you saw of each row in doubt:", "", commands)


def _open_steps(found: Reconciliation) -> Iterator[Step]:
    guards = found.guards
    if not guards.get("later_found", True) and guards.get("recorded_found"):
        yield Step(
            "an export proves that a row is not there only when it has one that was recorded later (--settle): export "
            "again after a later import, and name its results, too."
        )
    if not guards.get("recorded_found", True):
        yield Step("export the whole period of these results, unfiltered, and compare again.")
    if not guards.get("only_ours", True):
        yield Step("if a column of the export says what came by the API, name it: --ours COLUMN=VALUE.")
    text = "or look the open rows up yourself: fill in their verdicts in a draft, and resolve with it:"
    commands = [f"revenue-importer resolve {name} --from verdicts.csv" for name in _results(found)]
    yield Step(text, "--verdicts verdicts.csv", commands)


def _results(found: Reconciliation) -> list[str]:
    return [shlex.quote(name) for name in found.results]
