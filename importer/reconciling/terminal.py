"""A comparison as lines for a terminal: what was compared, what agrees, what is settled, what is open, what is next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from importer.reconciling.outcome import DIFFERENCES
from importer.reconciling.rule import NOT_RECORDED, RECORDED
from importer.reconciling.words import OF_THE_VENDOR, TITLES, rows_in_words
from importer.text import TableLine, amount, rows_text, set_apart, share_text, table, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from importer.reconciling.outcome import Reconciliation

_ROWS = 5
_GROUPS = 40
_TAKING = {"--apply", "--why", "--by", "--verdicts", "--report"}
_DOUBT = ("settled_recorded", "settled_not_recorded", "open")
_WHY = "vendor export"


def reconciliation_lines(found: Reconciliation, command: Sequence[str]) -> list[str]:
    """The lines; `command` are the arguments of this command, which the next ones repeat."""
    blocks = [_compared(found), _totals(found)] if found.groups is not None else [_compared(found), *_by_rows(found)]
    return set_apart([*blocks, _next(found, command)])


def _compared(found: Reconciliation) -> Iterator[str]:
    names = ", ".join(found.results)
    yield from wrapped(f"{names} against {found.export} ({share_text(found.vendor)}, SHA-256 {found.sha256})", "", "  ")
    if found.others.rows:
        yield from wrapped(
            f"{share_text(found.others)} of it came from other sources (--ours) and take no part.", "  ", "  "
        )
    for note in found.notes:
        yield from wrapped(note, "  ", "  ")


def _by_rows(found: Reconciliation) -> Iterator[Iterator[str]]:
    yield _identity(found)
    yield _doubt(found)
    yield _rows(found)


def _identity(found: Reconciliation) -> Iterator[str]:
    lines = [TableLine(TITLES[kind], *_figures(found, kind)) for kind in OF_THE_VENDOR]
    yield "The vendor's total:"
    yield from table(
        ("", "lines", "amount"), [*lines, TableLine("In the export", found.vendor.rows, [found.vendor.revenue])], sums=1
    )
    missing = found.shares["only_in_file"]
    if missing.rows:
        yield from wrapped(f"{share_text(missing)} are recorded here, and the export lacks them.", "  ", "  ")


def _figures(found: Reconciliation, kind: str) -> tuple[int, list[Decimal]]:
    share = found.shares[kind]
    return share.rows, [share.revenue]


def _doubt(found: Reconciliation) -> Iterator[str]:
    if not any(found.shares[kind].rows for kind in _DOUBT):
        yield "No row is in doubt."
        return
    yield "In doubt:"
    for kind in _DOUBT:
        if found.shares[kind].rows:
            yield from wrapped(
                f"{TITLES[kind].removeprefix('In doubt, ')}: {share_text(found.shares[kind])}", "  ", "    "
            )
    for why, share in found.reasons:
        yield from wrapped(f"open, {share_text(share)}: {why}", "    ", "      ")


def _rows(found: Reconciliation) -> Iterator[str]:
    told = list(rows_in_words(found, _ROWS))
    if told:
        yield "The first of each kind that needs a person:"
    for kind, place, message, revenue, note in told:
        text = f"{kind}: {place}, message {message}, {revenue}" + (f": {note}" if note else "")
        yield from wrapped(text, "  ", "    ")


def _totals(found: Reconciliation) -> Iterator[str]:
    groups = found.groups or ()
    odd = [group for group in groups if not group.agrees]
    yield f"{len(groups) - len(odd):,} of {len(groups):,} totals agree to the cent."
    for group in odd[:_GROUPS]:
        name = " ".join(filter(None, (group.day, group.offer and f"offer {group.offer}"))) or "in all"
        yield from wrapped(f"{name}: {amount(group.vendor)} at the vendor; {group.in_words}", "  ", "    ")
    if len(odd) > _GROUPS:
        yield f"  … and {len(odd) - _GROUPS:,} more: see --json."
    yield from wrapped("Totals prove nothing of a row: these are suggestions, for a look at the dashboard.", "  ", "  ")


def _next(found: Reconciliation, command: Sequence[str]) -> Iterator[str]:
    yield "Next:"
    steps = list(_steps(found, command)) or ["nothing: the results and the vendor's records agree."]
    for step in steps:
        yield from wrapped(step, "  ", "    ") if not step.startswith("revenue-importer") else [f"    {step}"]


def _steps(found: Reconciliation, command: Sequence[str]) -> Iterator[str]:
    again = ["revenue-importer", *(shlex.quote(word) for word in _without_writing(command))]
    settled, applied = found.settled, found.applied
    if settled[RECORDED].rows > applied.get(RECORDED, 0):
        yield f"record the verdict on {rows_text(settled[RECORDED].rows)} proven recorded, never to be posted again:"
        yield " ".join([*again, "--apply", "recorded", "--why", shlex.quote(_WHY)])
    if settled[NOT_RECORDED].rows > applied.get(NOT_RECORDED, 0):
        yield (
            f"when you trust that the export is whole, free {rows_text(settled[NOT_RECORDED].rows)} proven not "
            "recorded, for the next import to post:"
        )
        yield " ".join([*again, "--apply", "all", "--why", shlex.quote(_WHY)])
    if applied.get(NOT_RECORDED):
        yield f"run the import again: it posts the {rows_text(applied[NOT_RECORDED])} that were not recorded."
    if found.groups is not None:
        yield from _totals_steps(found)
    elif found.shares["open"].rows:
        yield from _open_steps(found, again)
    if any(found.shares[kind].rows for kind in DIFFERENCES):
        yield "look at the differences above with the vendor; the program changes nothing about them."


def _totals_steps(found: Reconciliation) -> Iterator[str]:
    odd = not all(group.agrees for group in found.groups or ())
    if not odd and not found.shares["open"].rows:
        yield (
            "the totals agree, but they do not prove that each row is there (exit status 1): for that, compare with an "
            "export that is row by row."
        )
    if odd:
        yield "look up rows that would explain a difference, or find an export that is row by row: that settles them."
    if found.shares["open"].rows:
        yield "say what you saw of each row in doubt:"
        for results in found.results:
            yield f"revenue-importer resolve {shlex.quote(results)} --row N --recorded|--not-recorded --why TEXT"


def _open_steps(found: Reconciliation, again: Sequence[str]) -> Iterator[str]:
    guards = found.guards
    if not guards.get("later_found", True) and guards.get("recorded_found"):
        yield (
            "an export proves that a row is not there only when it has one that was recorded later (--settle): export "
            "again after a later import, and name its results, too."
        )
    if not guards.get("recorded_found", True):
        yield "export the whole period of these results, unfiltered, and compare again."
    if not guards.get("only_ours", True):
        yield "if a column of the export says what came by the API, name it: --ours COLUMN=VALUE."
    yield "or look the open rows up yourself: fill in their verdicts in a draft, and resolve with it:"
    yield " ".join([*again, "--verdicts", "verdicts.csv"])
    for results in found.results:
        yield f"revenue-importer resolve {shlex.quote(results)} --from verdicts.csv"


def _without_writing(command: Sequence[str]) -> Iterator[str]:
    """The arguments but for those that write something."""
    words = iter(command)
    for word in words:
        if word in _TAKING:
            next(words, None)
        elif word.partition("=")[0] not in _TAKING and word not in {"--yes", "-y", "--json"}:
            yield word
