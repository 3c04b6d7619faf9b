"""The controls: what has to agree before anybody signs. Each is a sentence that names what does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.codes import TITLES
from importer.model import Share, Status
from importer.report.runs import control_of, planned_total, some_shards
from importer.text import amount, rows_text, share_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.report.parts import Part
    from importer.report.places import Places
    from importer.report.reading import Book
    from importer.report.tallies import Tallies

    Told = Callable[[Share], str]

NAMED = 3
_MOST = 2**32
# Blank rows of a sheet are no rows, but keep their number, so that gaps mean nothing there.
_SHEETS = (".xlsx", ".xlsm")
_TITLES = {
    "The file is the sum of its fates": "The statuses add up to the file",
    "No row stands twice": "No row is counted twice",
}
_AGAIN = "The same import again writes the results file anew from the journal."


@dataclass(frozen=True, slots=True)
class Check:
    """A control and its outcome: `ok` is None where it could not be made, and `text` says why."""

    name: str
    ok: bool | None
    text: str

    @property
    def title(self) -> str:
        """What a reader is shown in place of the name, by which programs and earlier reports know it."""
        return _TITLES.get(self.name, self.name.replace("RESULTS", "The results file"))


def identity(
    total: Share, parts: Mapping[Status, Share], told: Told = share_text, currencies: Sequence[Part] = ()
) -> Check:
    """The statuses add up to the file, in rows and in revenue; `told` says how a share is put into words.

    Of several `currencies` each has its own sum, which its offers and its months have to add up to, too.
    """
    added = sum(parts.values(), Share())
    off = total - added
    ok = off == Share() and all(part.rows >= 0 for part in parts.values())
    wrong = [part.name for part in currencies if not part.file == part.offers.total.file == part.months.total.file]
    if ok and wrong:
        text = f"By status, offer and month the sums differ in {', '.join(wrong)}."
        return Check("The file is the sum of its fates", False, text)
    text = f"The file has {told(total)}, the statuses {told(added)}: {told(off)} are unaccounted for."
    if ok:
        text = f"{told(total)} = the sum over the statuses; the difference is 0 rows and 0.00."
        text += "" if told is share_text else " Amounts were compared as numbers, without regard to their currency."
        sums = ", ".join(
            f"{part.name} {amount(part.file.revenue)} ({rows_text(part.file.rows)})" for part in currencies
        )
        text += f" In each: {sums}." if sums else ""
    return Check("The file is the sum of its fates", ok, text)


def readable(tallies: Tallies) -> Check:
    """Every line has a place, a status that there is, an amount where it was to be sent, an id only if it was."""
    name = "Every line can be read"
    if not tallies.broken_rows:
        return Check(name, True, "Each has its place, one status, and its amount.")
    few = pl.concat(tallies.broken).head(NAMED)
    named = "; ".join(
        f"{source or '?'} row {row or '?'} ({status or 'no status'}, revenue {revenue or 'missing'})"
        for source, row, status, revenue in few.select("source", "row", "status", "revenue").iter_rows()
    )
    return Check(name, False, f"{rows_text(tallies.broken_rows)} of RESULTS cannot be right: {named}. {_AGAIN}")


def once(places: Places, books: Sequence[Book]) -> Check:
    """No row stands twice, in one results file or in several of them."""
    name = "No row stands twice"
    here = places.all().filter(pl.col("in_input") & ~pl.col("again"))
    # The number of book and source, of which there are few, in front of the place.
    place = (pl.col("book").cast(pl.UInt64) * len(places.names) + pl.col("source")) * _MOST + pl.col("place").fill_null(
        0
    )
    twice = _repeated(here, here.select(place.alias("key")).to_series())
    if twice.is_empty() and len(books) > 1:
        twice = _repeated(here, here["row_key"])
    if twice.is_empty():
        return Check(name, True, f"{rows_text(here.height)}, each with a place of its own.")
    named = _named(twice, places)
    copies = " Is one of the files a copy of another? Then name one of them." if len(books) > 1 else ""
    return Check(name, False, f"{rows_text(twice.height)} share a place and content with another: {named}.{copies}")


def _repeated(lines: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """The lines that share their key with another. Sorted first, which takes little memory, as there hardly are any."""
    ordered = keys.sort()
    if not (ordered == ordered.shift()).any():
        return lines.clear()
    return lines.filter(keys.is_duplicated())


def complete(places: Places, books: Sequence[Book]) -> Check:
    """The rows of each input file are numbered without a gap."""
    name = "No row is missing between the first and the last"
    parts = [book.shard for book in books]
    if any(book.unfinished for book in books):
        return Check(name, None, "Known once the run has ended: rows that were not sent yet have no line.")
    if some_shards(parts):
        return Check(name, None, "Only some shards are given, whose rows have gaps by nature; name the others too.")
    series = pl.Series([0 if part else number + 1 for number, part in enumerate(parts)], dtype=pl.UInt32)
    sheets = [number for source, number in places.names.items() if _is_sheet(source)]
    here = places.all().filter(pl.col("in_input") & ~pl.col("source").is_in(sheets)).select("book", "source", "place")
    here = here.with_columns(series=series.gather(here["book"]))
    counted = here.group_by("series", "source").agg(pl.col("place").n_unique().alias("rows"), pl.col("place").max())
    gaps = counted.filter(pl.col("rows") < pl.col("place"))
    if gaps.is_empty():
        return Check(name, True, "The row numbers of each input file run from 1 without a gap.")
    named = "; ".join(
        f"{places.name(source)} has {rows:,} of rows 1 to {last:,}"
        for _, source, rows, last in gaps.sort("series", "source").head(NAMED).iter_rows()
    )
    known = any(parts) or all(book.has_journal for book in books)
    advice = "" if known else " If it is one shard of several, name the others too."
    return Check(name, False, f"Lines are missing in RESULTS: {named}.{advice}")


def _is_sheet(source: str) -> bool:
    return any(re.search(rf"\{ending}(!|$)", source.lower()) for ending in _SHEETS)


def journal_agrees(number: int, book: Book, tallies: Tallies) -> Iterator[Check]:
    """RESULTS says of every row that was sent what the journal says."""
    if not book.has_journal or book.unfinished:
        why = "a run has not ended." if book.has_results else f"{book.name} does not exist. {_AGAIN}"
        alone = f"{book.name} has no journal beside it, so its lines cannot be compared with what was sent."
        text = f"The journal alone is read: {why}" if book.has_journal else alone
        yield Check("RESULTS and its journal agree", None, text)
        return
    yield _agreement(book, tallies.places, number)
    text = "It is byte for byte what the program wrote." if book.as_written else (
        f"{book.name} was changed since it was written (a spreadsheet that saved it is enough). {_AGAIN}"
    )  # fmt: skip
    yield Check("RESULTS is as it was written", True if book.as_written else None, text)


def _agreement(book: Book, places: Places, number: int) -> Check:
    name = "RESULTS and its journal agree"
    here = places.all().filter(pl.col("book") == number).select("source", "place", "fate_key", "sent")
    known = book.history.compacted  # as `Places.of_journal` made it
    known = known.filter("shown").drop("shown") if "shown" in known.columns else here.clear().drop("sent")
    sent = here.filter("sent")
    same = known.height == sent.height and known["fate_key"].sort().equals(sent["fate_key"].sort())
    lost, unknown = (known.clear(), sent.clear()) if same else (_surplus(known, here), _surplus(sent, known))
    if lost.is_empty() and unknown.is_empty():
        verb = "has" if known.height == 1 else "have"
        text = f"{rows_text(known.height)} of the journal {verb} the same status and amount in {book.name}."
        return Check(name, True, text + _unsent(here.height - sent.height))
    found = ((lost, "the journal", "missing or different in RESULTS"), (unknown, "RESULTS", "unknown to the journal"))
    wrong = [
        f"{rows_text(rows.height)} of {where} {'is' if rows.height == 1 else 'are'} {what} ({_named(rows, places)})"
        for rows, where, what in found
        if not rows.is_empty()
    ]
    return Check(name, False, f"{'; '.join(wrong)}. {_AGAIN}")


def _unsent(rows: int) -> str:
    """Why a journal has fewer rows than the file."""
    if not rows:
        return ""
    return f" The {rows_text(rows)} besides {'was' if rows == 1 else 'were'} never sent, so it has nothing of them."


def _surplus(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Lines of `ours` for which `theirs` has none left, each counted."""
    return _numbered(ours).join(_numbered(theirs), on=["fate_key", "number"], how="anti").sort("source", "place")


def _numbered(lines: pl.DataFrame) -> pl.DataFrame:
    """Which line with its key each one is, from 0. By sorting: a window over a million keys takes ten times as long."""
    lines = lines.sort("fate_key", maintain_order=True).with_row_index("number")
    first = pl.when(pl.col("fate_key") != pl.col("fate_key").shift()).then("number").forward_fill().fill_null(0)
    return lines.with_columns(pl.col("number") - first)


def _named(lines: pl.DataFrame, places: Places) -> str:
    few = lines.head(NAMED).select("source", "place").iter_rows()
    named = ", ".join(
        f"{places.name(source) or '?'} row {place}"
        if place is not None
        else f"{places.name(source) or '?'}, no longer in it"
        for source, place in few
    )
    return named + (", …" if lines.height > NAMED else "")


def input_total(
    book: Book, listed: Share, by_status: Mapping[Status, Share], told: Told = share_text
) -> Iterator[Check]:
    """RESULTS holds what the program counted when it read the input, and as much of each status as it wrote."""
    name = "RESULTS holds the whole input"
    planned = planned_total(book) if book.has_journal else None
    if planned is None or book.unfinished:
        why = "a run has not ended" if book.unfinished else "no journal says how much the input was"
        yield Check(name, None, f"Cannot be compared: {why}.")
        return
    off = planned - listed
    if off != Share():
        text = f"The journal counted {told(planned)}; {book.name} holds {told(listed)}."
        yield Check(name, False, f"{text} The difference is {told(off)}.")
        return
    noted = book.noted_totals
    wrong = [status for status in Status if noted and noted.get(status, Share()) != by_status.get(status, Share())]
    if wrong:
        named = "; ".join(
            f"{TITLES[status].lower()} {told(by_status.get(status, Share()))}, "
            f"written as {told(noted.get(status, Share()))}"
            for status in wrong
        )
        yield Check(name, False, f"The total is right, but not its parts: {named}. {_AGAIN}")
        return
    each = ", and of each status what it wrote" if noted else ""
    yield Check(name, True, f"{book.name} holds the {told(listed)} that the journal counted{each}.")


def control_totals(books: Sequence[Book], total: Share, summing: range) -> Iterator[Check]:
    """The input has the rows and the revenue that its sender named.

    `summing` is how many of its lines, at least and at most, sum up others: these are none of its rows.
    """
    found = [control for book in books if (control := control_of(book)) is not None]
    name = "Control totals"
    if not found:
        text = (
            "None are on record (--expect-rows, --expect-total): the file cannot be compared with its sender's count."
        )
        yield Check(name, None, text)
        return
    if len(books) > 1 and not all(book.shard for book in books):
        yield Check(name, None, "They were given for single inputs; look at the report of each results file.")
        return
    if some_shards([book.shard for book in books]):
        yield Check(name, None, "They are of the whole input; name the results of all shards.")
        return
    if not all(current for _, current in found):
        text = "Those on record are of an earlier version of the input."
        yield Check(name, None, f"{text} Import it again with --expect-rows or --expect-total of what it is now.")
        return
    rows, revenue = found[-1][0].rows, found[-1][0].revenue
    wrong, given = [], []
    if rows is not None:
        given.append(f"{rows_text(rows)} (--expect-rows)")
        if total.rows - rows not in summing:
            wrong.append(f"{rows_text(rows)} expected, {total.rows - summing.start:,} found")
    if revenue is not None:
        given.append(f"a revenue of {amount(revenue)} (--expect-total)")
        if revenue != total.revenue:
            wrong.append(f"a revenue of {amount(revenue)} expected, {amount(total.revenue)} found")
    yield Check(name, not wrong, "; ".join(wrong) + "." if wrong else f"{' and '.join(given)} expected and found.")
