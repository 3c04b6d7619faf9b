"""What the first pass says of a file beside its rows: columns that nothing reads, offers that became numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.schema import statuses_in_lists
from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.schema import Columns
    from importer.sources import Source


def about_unused(sources: Sequence[Source], columns: Sequence[Columns]) -> Iterator[str]:
    """Yield one warning for all files that have the same columns too many."""
    files: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for source, its_columns in zip(sources, columns, strict=True):
        files.setdefault((its_columns.unused, its_columns.hints), []).append(source.name)
    for (unused, hints), names in files.items():
        if unused:
            text = f"{_named(names)}: columns that are not used: {', '.join(unused)}."
            yield " ".join((text, *hints))


def about_lists(sources: Sequence[Source], columns: Sequence[Columns]) -> Iterator[str]:
    """Yield a question for each list in which a status may stand, one for all files that have it."""
    files: dict[str, list[str]] = {}
    for source, its_columns in zip(sources, columns, strict=True):
        for said in statuses_in_lists(its_columns, source.listed):
            files.setdefault(said, []).append(source.name)
    for said, names in files.items():
        yield f"{_named(names)}: {said}"


def about_floats(source_name: str, rows: int) -> Iterator[str]:
    """Yield a warning where `rows` have an offer such as `4521.0`."""
    if rows:
        yield (
            f"{source_name}: {rows_text(rows)} with an offer_id such as 4521.0: some program took the "
            "offers for numbers. Each counts as the offer without .0 where rows are compared, and is sent as it "
            "stands. If the offer has no .0 at Trackly, have the file written with the offers as text."
        )


def about_wrapping(source_name: str, cells: int) -> Iterator[str]:
    """Yield a warning where `cells` were read as the text within what a program put around it."""
    if cells:
        yield (
            f'{source_name}: cells written as ="…", with a \' or U+001F before the text, or with characters of no '
            f"width in it ({cells:,}) count as that text. Programs write so to keep leading zeros."
        )


def about_keyless(source_name: str, columns: Sequence[str], rows: int) -> Iterator[str]:
    """Yield a warning where `rows` have nothing in the columns of `--key` that tells them apart."""
    if rows:
        yield (
            f"{source_name}: {rows_text(rows)} without a key ({', '.join(columns)} empty, or a long number that a "
            "spreadsheet has rounded): these are told apart by their fields alone."
        )


def _named(files: Sequence[str]) -> str:
    return files[0] + (f" and {len(files) - 1:,} more" if len(files) > 1 else "")
