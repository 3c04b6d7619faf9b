"""The end of a run: every row's final fate, written to RESULTS and to the compacted journal in the same pass."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import Replacement, digest_of, set_aside, storing
from importer.journal import STRENGTH, ResultsWritten
from importer.model import EXAMPLES_A_CODE, FATE, FIELDS, MAY_COUNT, Example, Finding, Share, Status
from importer.plan import HELD_WHY, NO_PRIOR, at_places, held_as_equal
from importer.results import COLUMNS, Rejects, write
from importer.run.equal_rows import equal_before
from importer.schema import exact_sum
from importer.sources import open_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.disk import Spool
    from importer.journal import Compaction, Facts, Journal, LiveRows
    from importer.plan import Checked, Earlier, Plan

KNOWN_DIGESTS = 3
_EVIDENCE = ("revenue_id", "error_code", "error_message", "http_status", "attempts", "finished_at", "doubt_since")


@dataclass(slots=True)
class Tally:
    """The final numbers, taken from the very lines that were written; `kept` are rows that left the input."""

    by_status: dict[Status, Share] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)
    findings: dict[tuple[Status, str], Finding] = field(default_factory=dict)
    kept: dict[Status, Share] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger) -> Tally:
        """The numbers alone, where nothing could be written."""
        tally = cls(kept=ledger.plan.kept)
        for rows in ledger.final_rows():
            tally.add(rows)
        return tally

    def add(self, rows: pl.DataFrame) -> None:
        """Count a frame of final rows."""
        for (status, code), group in rows.group_by("status", "error_code", maintain_order=True):
            share = Share(group.height, exact_sum(group["amount"]))
            word = Status(str(status))
            self.by_status[word] = self.by_status.get(word, Share()) + share
            if not code:
                continue
            self.by_code[str(code)] = self.by_code.get(str(code), 0) + group.height
            found = self.findings.get((word, str(code)), Finding(str(code), Share()))
            wanted = EXAMPLES_A_CODE - len(found.examples)
            examples = tuple(
                Example(source, row, line, text or "")
                for source, row, line, text in group.head(wanted)
                .select("source", "row", "line", "error_message")
                .iter_rows()
            )
            self.findings[word, str(code)] = Finding(str(code), found.share + share, found.examples + examples, word)


@dataclass(slots=True)
class Ledger:
    """Everything that the final fates are made of; `live` is what this run did, in the spool's parts."""

    checked: Checked
    spool: Spool
    plan: Plan
    earlier: Earlier
    live: LiveRows
    target: str

    def final_rows(self) -> Iterator[pl.DataFrame]:
        """Every input row with its fate, in input order, with `amount` and `known` (it belongs into the journal)."""
        offset = 0
        known = self.earlier.fates.select(pl.col(name).alias(f"prior_{name}") for name in ("status", *_EVIDENCE))
        equals = held_as_equal(self.checked, self.plan)
        for rows, live in zip(self.spool, self.live.parts(), strict=True):
            plan = self.plan.rows.slice(offset, rows.height)
            amounts = self.checked.index["amount"].slice(offset, rows.height)
            here = rows.with_columns(
                plan["status"].alias("planned"), plan["code"].cast(pl.String), plan["prior"], plan["why"], amounts
            )
            here = _as_sent(here, self.earlier.fates).with_row_index("n", offset)
            here = here.hstack(at_places(known, plan["prior"]))
            here = here.join(equals, on="n", how="left", maintain_order="left")
            now = live.select("n", *(pl.col(name).alias(f"live_{name}") for name in ("status", *_EVIDENCE)))
            yield self._settled(here, now)
            offset += rows.height

    def _settled(self, rows: pl.DataFrame, live: pl.DataFrame) -> pl.DataFrame:
        rows = rows.join(live, on="n", how="left", maintain_order="left") if live.height else _without(rows, live)
        was_live, was_known = pl.col("live_status").is_not_null(), pl.col("prior_status").is_not_null()
        why = pl.coalesce("why_equal", "why")
        own = {"error_code": pl.coalesce("code", "error_code"), "error_message": pl.coalesce(why, "error_message")}

        def last(name: str) -> pl.Expr:
            otherwise = own.get(name, pl.lit(None, pl.String))
            return (
                pl.when(was_live)
                .then(f"live_{name}")
                .when(was_known)
                .then(f"prior_{name}")
                .otherwise(otherwise)
                .alias(name)
            )

        return rows.select(
            "row",
            "source",
            "line",
            *FIELDS,
            pl.coalesce("live_status", "prior_status", pl.col("planned").cast(pl.String)).alias("status"),
            *(last(name) for name in _EVIDENCE),
            pl.lit(self.target).alias("target"),
            "amount",
            (was_live | was_known | pl.col("code").is_in(list(HELD_WHY)).fill_null(value=False)).alias("known"),
            pl.col("^keep_.*$"),
            pl.col("^raw_.*$"),
        )

    def gone_rows(self) -> pl.DataFrame:
        """Rows that were sent and are no longer in the input, in the shape of `final_rows`."""
        fates, prior = self.earlier.fates, self.plan.rows["prior"]
        is_here = pl.repeat(False, fates.height, eager=True).scatter(prior.filter(prior != NO_PRIOR), True)
        gone = fates.filter(~is_here & fates["status"].is_in(list(STRENGTH))).select(FATE)
        keep = [pl.lit(None, pl.String).alias(f"keep_{i}") for i in range(len(self.checked.keep))]
        return gone.with_columns(pl.lit(None, pl.UInt32).alias("row"), pl.lit(self.target).alias("target"), *keep)

    def is_written(self, results: Path) -> bool:
        """Whether RESULTS and the journal say already what would be written: every row is recorded, at its old place.

        Of a million rows, to write both anew costs as much as to find that out. A row may be spelt in another way: it
        is its value.
        """
        earlier, fates, index = self.earlier, self.earlier.fates, self.checked.index
        if not (earlier.current and earlier.in_order) or self.checked.keep or fates.height != index.height:
            return False
        names = pl.Series([source.name for source in self.checked.sources], dtype=pl.String)
        stands = fates.select(
            (pl.col("status") == str(Status.RECORDED)).all()
            & pl.col("error_code").fill_null("").eq("").all()
            & (self.plan.rows["prior"] == pl.int_range(pl.len())).all()
            & (pl.col("row") == index["row"].cast(pl.String)).all()
            & (pl.col("source") == names.gather(index["file"])).all()
        ).item()
        return bool(stands) and tuple(open_inputs((str(results),))[0].header) == COLUMNS

    def all_recorded(self) -> Tally:
        """The numbers where every row is recorded."""
        amounts = self.checked.index["amount"]
        return Tally({Status.RECORDED: Share(len(amounts), exact_sum(amounts))} if len(amounts) else {})


def _as_sent(rows: pl.DataFrame, fates: pl.DataFrame) -> pl.DataFrame:
    """Rows that break a rule now and were sent before get the fields that were sent, by which they are known again."""
    at = (rows["error_code"].is_not_null() & (rows["prior"] != NO_PRIOR)).arg_true()
    if at.is_empty():
        return rows
    sent = at_places(fates.select(FIELDS), rows["prior"].gather(at))
    return rows.with_columns(rows[name].scatter(at, sent[name]) for name in FIELDS)


def write_everything(
    ledger: Ledger,
    facts: Facts,
    journal: Journal,
    results: Path,
    *,
    rejects: Path | None,
    known_digest: str | None,
) -> tuple[Tally, list[str]]:
    """Write RESULTS, the compacted journal and the rejects; returns the numbers, and what to say of edited files.

    The journal is replaced first: it knows the digest of the new RESULTS before that is in place, so that a crash
    between the two is not mistaken for an edit. A RESULTS with another digest than `known_digest` is set aside.

    Raises:
        StorageError: the disk refused; the old files are as they were.
    """
    tally = Tally(kept=ledger.plan.kept)
    with ExitStack() as closing:
        compaction = closing.enter_context(journal.compaction(facts.header))
        replacement = closing.enter_context(Replacement(results))
        equal = equal_before(ledger) if rejects else None
        titles = ledger.checked.raw_titles
        refused = closing.enter_context(Rejects(rejects, titles, with_equal=equal is not None)) if rejects else None
        frames = _written(ledger, tally, compaction, refused, equal)
        write(replacement, frames, ledger.checked.keep)
        totals = {str(status): share for status, share in tally.by_status.items()}
        written = ResultsWritten(sha256=replacement.sync(), name=results.name, totals=totals)
        journal.replace(compaction, facts.events.with_results(written, keep=KNOWN_DIGESTS))
        aside = set_aside(results) if _is_changed(results, known_digest) else None
        replacement.put()
        notice = refused.finish() if refused is not None else None
    notices = []
    if aside is not None:
        notices.append(
            f"{results} had been changed; it is kept as {aside.name}, and was written anew from the journal."
        )
    if notice is not None:
        notices.append(notice)
    return tally, notices


def _is_changed(results: Path, known_digest: str | None) -> bool:
    """Whether there is a RESULTS that somebody changed, be it while the run was under way."""
    with storing("read", results):
        return results.exists() and digest_of(results) != known_digest


def _written(
    ledger: Ledger, tally: Tally, compaction: Compaction, refused: Rejects | None, equal: pl.Series | None
) -> Iterator[pl.DataFrame]:
    offset = 0
    names = {f"keep_{i}": name for i, name in enumerate(ledger.checked.keep)}
    for rows in ledger.final_rows():
        tally.add(rows)
        compaction.add(rows.filter("known"))
        if refused is not None:
            told = rows if equal is None else rows.with_columns(equal.slice(offset, rows.height))
            refused.add(told.filter(pl.col("status").is_in(["invalid", "rejected"])))
        offset += rows.height
        yield rows.rename(names).select(*COLUMNS, *names.values())
    gone = ledger.gone_rows()
    compaction.add(gone)
    shown = gone.filter(pl.col("status").is_in(MAY_COUNT))  # the others the journal alone remembers
    if shown.height:
        yield shown.rename(names).select(*COLUMNS, *names.values())


def _without(rows: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    names = [name for name in other.columns if name not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in names)
