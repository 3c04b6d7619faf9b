"""The plans that this user's checks made, kept for a while, so that a refusal can say how it was, and how it is.

A plan is a file in the state folder: its parts, and of each row a few bytes that tell whether it is still there, with
its place and its amount. No other cell of a row is kept, and no key. Nothing depends on these files: without them a
plan is refused just the same.
"""

from __future__ import annotations

import io
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import new_file, state_folder
from importer.plan.approval.parts import PlanParts
from importer.plan.index import hash_in_use

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MOST_PLANS = 50
_MOST_BYTES = 64 << 20
_MOST_ROWS = 1_000_000
"""Of larger inputs the parts alone are kept: a check of them is not to take longer for it."""


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as it was: its parts, and its rows as `plan_rows` gives them, where they are known."""

    parts: PlanParts
    rows: pl.DataFrame | None


def plan_rows(index: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """What tells the rows of a plan apart: `name` of the file, `row`, `line`, `valid`, `key`, `event` and `amount`.

    Two rows of one `key` are sent alike, as far as four bytes can tell; `event` is of message and type alone. `index`
    has the short lines of the check.
    """
    key = pl.when("valid").then(pl.col("key_a") ^ pl.col("key_b")).otherwise("event")
    name = pl.lit(pl.Series(names, dtype=pl.Categorical())).gather(pl.col("file"))
    return index.select(
        name.alias("name"),
        *("row", "line", "valid", "amount"),
        (key % (1 << 32)).cast(pl.UInt32).alias("key"),
        (pl.col("event") % (1 << 16)).cast(pl.UInt16).alias("event"),
    )


def keep_plan(parts: PlanParts, index: pl.DataFrame) -> None:
    """Keep a plan; where the state folder cannot be used it is not kept, which is no error."""
    path = _path(parts.digest)
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists():
            os.utime(path)
        else:
            _put(path, parts, index)
            _drop_oldest(path.parent)


def kept_plan(digest: str) -> KeptPlan | None:
    """The plan with this digest, if this computer has it."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        with _path(digest).open("rb") as file:
            facts = json.loads(file.readline())
            content = file.read() if facts["hash"] == hash_in_use() else b""
        parts = PlanParts.of(facts["parts"])
        return KeptPlan(parts, _rows(content)) if parts.digest == digest else None
    return None


def _rows(content: bytes) -> pl.DataFrame | None:
    with suppress(pl.exceptions.PolarsError):
        return pl.read_ipc(io.BytesIO(content)) if content else None
    return None


def _path(digest: str) -> Path:
    return state_folder() / "plans" / digest.removeprefix("sha256:")


def _put(path: Path, parts: PlanParts, index: pl.DataFrame) -> None:
    """Whole or not at all."""
    fd, aside = new_file(path)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(json.dumps({"parts": parts.facts, "hash": hash_in_use()}).encode() + b"\n")
            if index.height <= _MOST_ROWS:
                names = [name for name, _ in parts.inputs]
                file.write(_packed(plan_rows(index, names)))
        aside.rename(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def _packed(rows: pl.DataFrame) -> bytes:
    packed = io.BytesIO()
    rows.write_ipc(packed, compression="lz4")
    return packed.getvalue()


def _drop_oldest(folder: Path) -> None:
    """Keep the newest plans, as many as there is room for."""
    room = _MOST_BYTES
    for number, (_, size, path) in enumerate(sorted(map(_age, folder.iterdir()), reverse=True)):
        room -= size
        if number and (room < 0 or number >= _MOST_PLANS):
            path.unlink(missing_ok=True)


def _age(path: Path) -> tuple[float, int, Path]:
    status = path.stat()
    return status.st_mtime, status.st_size, path
