"""The plan that a person approves: everything that decides what an import posts, and where, as one digest.

It is the same on every machine and in every run of one version: nothing of it depends on where files lie, on how they
are read in parts, or on what this import has posted already.
"""

from __future__ import annotations

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, cast

import polars as pl

from importer import __version__
from importer.model import FIELDS, KEY, Share, Status, added
from importer.plan.totals import by_status
from importer.settings import deciding_options
from importer.text import share_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from _typeshed import ReadableBuffer

    from importer.plan.checked import Checked
    from importer.plan.matching import Plan
    from importer.settings import Settings

# Of 64 digits 40 are of all parts together; the others, four of each part, tell which part another plan differs in.
_WHOLE, _HINT = 40, 4
_END = b"\x1f"


@dataclass(frozen=True, slots=True)
class PlanParts:
    """What a plan covers. Parts of several shards of one input can be put together.

    `inputs` are names and SHA-256 of the files, `options` those that decide what is posted, as JSON, with the API;
    `already` and `rows` are digests: of what the results of `--already` know, and of every row in order, with its five
    fields as they are sent and the code of the rule that it breaks; `by_status` is as if nothing had been posted yet,
    `control` the totals that the user expects.
    """

    version: str
    inputs: tuple[tuple[str, str], ...]
    options: Mapping[str, Any]
    already: str
    rows: str
    by_status: Mapping[Status, Share]
    control: tuple[int | None, str | None]

    @property
    def digest(self) -> str:
        """`sha256:` and 64 hexadecimal digits."""
        parts = self._digests()
        whole = _sha256("".join(parts.values()))
        return f"sha256:{whole[:_WHOLE]}" + "".join(part[:_HINT] for part in parts.values())

    @property
    def facts(self) -> dict[str, Any]:
        """The parts by name, as JSON; from two plans of one digest they are equal."""
        shares = {str(status): share_fields(self.by_status[status]) for status in Status if status in self.by_status}
        return {
            "version": self.version,
            "inputs": [list(one) for one in self.inputs],
            "options": dict(self.options),
            "already": self.already,
            "rows": self.rows,
            "totals": {"by_status": shares, "control": list(self.control)},
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> PlanParts:
        """The parts that `facts` are of; raises what a text that is none of these raises."""
        totals = facts["totals"]
        shares = totals["by_status"].items()
        return cls(
            *(facts["version"], tuple((name, digest) for name, digest in facts["inputs"])),
            *(facts["options"], facts["already"], facts["rows"]),
            {Status(status): Share(share["rows"], Decimal(share["revenue"])) for status, share in shares},
            tuple(totals["control"]),
        )

    def changed_from(self, expected: str) -> dict[str, str]:
        """The names of the parts in which a plan with the `expected` digest differs, each with its hint there."""
        hints = expected.removeprefix("sha256:")[_WHOLE:]
        given = [hints[at : at + _HINT] for at in range(0, len(hints), _HINT)]
        parts = self._digests()
        return {name: hint for name, hint in zip(parts, given, strict=True) if parts[name][:_HINT] != hint}

    def _digests(self) -> dict[str, str]:
        return {name: _digest_of_part(part) for name, part in self.facts.items()}


def plan_parts(checked: Checked, already: pl.DataFrame, settings: Settings, plan: Plan) -> PlanParts:
    """The parts of the plan of an import of what was `checked`; `already` are the fates of `--already`.

    `plan` is what becomes of each row if this import has not posted anything yet.
    """
    options = {one.name: one.to_json(getattr(settings, one.name)) for one in deciding_options()}
    total = settings.expect_total
    return PlanParts(
        version=__version__,
        inputs=tuple((source.name, str(source.facts()["sha256"])) for source in checked.sources),
        options=as_json({**options, "api": "sandbox" if settings.sandbox else settings.base_url}),
        already=_digest_of(already),
        rows=checked.rows_digest,
        by_status=by_status(checked, plan),
        control=(settings.expect_rows, None if total is None else f"{total.normalize():f}"),
    )


def whole_of(shards: Sequence[PlanParts]) -> PlanParts:
    """The parts of the plan of an input, all of whose shards are here; each of them has read all rows."""
    by_status = added(parts.by_status for parts in shards)
    return replace(shards[0], options={**shards[0].options, "shard": None}, by_status=by_status)


class RowsDigest:
    """The SHA-256 of all rows, in order, whatever parts they come in. A thread of its own computes it.

    It is that of the digests of the columns, as whole lines take longer to write.
    """

    def __init__(self) -> None:
        self._columns: dict[str, Any] = {}  # of a type without a name
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="digest")
        self._last: Future[None] | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Take the next rows: five fields, `error_code`, perhaps the key. Waits until those before are done with."""
        self._settle()
        keys = [KEY] if KEY in rows.columns else []
        self._last = self._worker.submit(self._update, rows.select(*FIELDS, "error_code", *keys))

    def hexdigest(self) -> str:
        """The digest; no more rows can be added."""
        self._settle()
        self._worker.shutdown()
        return _sha256("".join(column.hexdigest() for column in self._columns.values()))

    def _update(self, rows: pl.DataFrame) -> None:
        for cells in rows:
            column = self._columns.setdefault(cells.name, hashlib.sha256())
            for part in _written(cells):
                column.update(part)

    def _settle(self) -> None:
        if self._last is not None:
            self._last.result()


def _written(cells: pl.Series) -> Iterator[bytes]:
    """The cells, each ended by what no field that can be sent holds."""
    if cells.null_count() == cells.len():
        yield _END * cells.len()
    else:
        yield cells.fill_null("").str.join(_END.decode()).cast(pl.Binary).item()
        yield _END


class _Hashing(io.RawIOBase):
    """A file that keeps nothing of what is written to it but the digest."""

    def __init__(self) -> None:
        self.state = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        self.state.update(data)
        return memoryview(data).nbytes


def _digest_of(already: pl.DataFrame) -> str:
    """What other results know, wherever they lie, and in whatever order."""
    if already.is_empty():
        return ""
    sink = _Hashing()
    keys = [KEY] if KEY in already.columns else []
    already.select(*FIELDS, "status", *keys).fill_null("").sort(pl.all()).write_csv(
        cast("IO[bytes]", sink), separator="\x1f"
    )
    return sink.state.hexdigest()


def _digest_of_part(part: object) -> str:
    return _sha256(json.dumps(part, sort_keys=True))


def hint_of(part: object) -> str:
    """How the digest of a plan tells that a part, as `facts` has it, is another one."""
    return _digest_of_part(part)[:_HINT]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def as_json(value: Any) -> Any:
    """A value as it comes back from JSON: a tuple is a list."""
    return json.loads(json.dumps(value))
