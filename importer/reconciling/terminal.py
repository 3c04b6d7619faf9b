"""A comparison as lines for a terminal: what was compared, what agrees, what is settled, what is open, what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.reconciling.steps import next_steps
from importer.reconciling.words import OF_THE_VENDOR, TITLES, resting_text, rows_in_words
from importer.text import TableLine, amount, set_apart, share_text, table, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from importer.reconciling.outcome import Reconciliation

_ROWS = 5
_GROUPS = 40
_DOUBT = ("settled_recorded", "settled_not_recorded", "open")


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
    for note in (*found.notes, *filter(None, [resting_text(found)])):
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
        yield "The largest of each kind that needs a person:"
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
    for step in next_steps(found):
        yield from wrapped(step.text, "  ", "    ")
        yield from (f"    {line}" for line in step.whole(command))
