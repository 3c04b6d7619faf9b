"""How fast it went: the series of the meter where the run kept one, otherwise the times of the rows' last outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from importer.report.runs import last_posting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.report.runs import Run

MAX_POINTS = 120


@dataclass(frozen=True, slots=True)
class Throughput:
    """Answers (or settled rows) in equal steps of `step_s` seconds; `throttled` where it is known."""

    step_s: float
    counts: tuple[int, ...]
    throttled: tuple[int, ...]
    measured: bool

    @property
    def rates(self) -> list[float]:
        """A second, step by step."""
        return [count / self.step_s for count in self.counts]


def throughput_of(runs: Sequence[Run], seconds: Sequence[pl.DataFrame]) -> Throughput | None:
    """The throughput of the last run that posted; of all rows where none is known. None where nothing was sent."""
    run = last_posting([run for run in runs if run.requests != 0])
    if run is not None and run.rate:
        return _measured(run)
    if not seconds:
        return None
    counts = pl.concat(seconds).group_by("second").agg(pl.col("rows").sum())
    at = pl.col("second").str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    counts = counts.with_columns(at=at).drop_nulls("at")
    if run is not None and (start := _moment(run.started)) is not None:
        counts = counts.filter(pl.col("at") >= start)
        end = _moment(run.ended or "")
        counts = counts.filter(pl.col("at") <= end) if end is not None else counts
    return _derived(counts) if counts.height else None


def _measured(run: Run) -> Throughput:
    step = run.rate_bucket_s or (run.rate[1][0] - run.rate[0][0] if len(run.rate) > 1 else 1.0)
    answers, throttled = (tuple(point[i] for point in run.rate) for i in (1, 2))
    return Throughput(step or 1.0, answers, throttled, measured=True)  # type: ignore[arg-type]


def _derived(counts: pl.DataFrame) -> Throughput:
    seconds = counts["at"].dt.epoch("s")
    first, last = int(seconds.min()), int(seconds.max())  # type: ignore[arg-type]
    step = -(-(last - first + 1) // MAX_POINTS)
    buckets = [0] * (-(-(last - first + 1) // step))
    for second, rows in zip(seconds, counts["rows"], strict=True):
        buckets[(int(second) - first) // step] += rows
    return Throughput(float(step), tuple(buckets), (), measured=False)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - all of them are UTC
    except ValueError:
        return None
