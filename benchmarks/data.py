"""Inputs of any size, the same on every machine: unique message ids, amounts with cents, all types, ISO times.

python -m benchmarks.data PATH ROWS
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

BATCH_ROWS = 1_000_000
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = pl.Series([one + two for one in _DIGITS for two in _DIGITS])
_SPREAD = 2_654_435_761  # odd and larger than any number of rows: consecutive rows get ids far apart, all different
_JANUARY_2025 = 1_735_689_600


def rows(count: int, start: int = 0) -> pl.DataFrame:
    """Rows `start` to `start + count` of the endless input."""
    n = pl.int_range(start, start + count, dtype=pl.Int64, eager=True)
    number = (n * _SPREAD) % len(_PAIRS) ** 4
    parts = [_PAIRS.gather((number // len(_PAIRS) ** place) % len(_PAIRS)).alias(str(place)) for place in range(4)]
    kinds = pl.Series(["sale"] * 8 + ["click", "send"])
    cents = (n * 7_919) % 5_000_000
    return pl.DataFrame(
        {
            "message_id": pl.DataFrame(parts).select(pl.concat_str(pl.all())).to_series(),
            "revenue": pl.DataFrame({"c": cents})
            .select(pl.format("{}.{}", pl.col("c") // 100, (pl.col("c") % 100).cast(pl.String).str.zfill(2)))
            .to_series(),
            "attribution_type": kinds.gather(n % len(kinds)),
            "offer_id": (4_000 + n % 300).cast(pl.String),
            "timestamp": ((_JANUARY_2025 + (n * 13) % 15_000_000) * 1_000_000)
            .cast(pl.Datetime("us"))
            .dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def write(path: Path, count: int) -> None:
    """Write `count` rows as CSV or Parquet, by the name's ending; the file is there when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    if path.suffix == ".csv":
        with partial.open("wb") as file:
            for start in range(0, count, BATCH_ROWS):
                rows(min(BATCH_ROWS, count - start), start).write_csv(file, include_header=not start)
    else:
        starts = range(0, count, BATCH_ROWS)
        pl.concat(rows(min(BATCH_ROWS, count - start), start) for start in starts).write_parquet(partial)
    partial.rename(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
