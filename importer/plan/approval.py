"""The plan that a person approves: everything that decides what an import posts, and where, as one digest.

It is the same on every machine and in every run of one version: nothing of it depends on where files lie, on how they
are read in parts, or on what this import has posted already.
"""

from __future__ import annotations

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import IO, TYPE_CHECKING, Any, cast

import polars as pl

from importer import __version__
from importer.model import FIELDS, KEY, Status, added
from importer.plan.totals import by_status
from importer.settings import deciding_options
from importer.text import rows_text, safe_text, share_fields, share_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from _typeshed import ReadableBuffer

    from importer.model import Share
    from importer.plan.checked import Checked
    from importer.plan.matching import Plan
    from importer.settings import Settings

# Of 64 digits 40 are of all parts together; the others, four of each part, tell which part another plan differs in.
_WHOLE, _HINT = 40, 4
_NAMED_FILES = 5


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

    def refusal(self, expected: str) -> str:
        """Say how this plan differs from the one with the `expected` digest."""
        hints = expected.removeprefix("sha256:")[_WHOLE:]
        given = [hints[at : at + _HINT] for at in range(0, len(hints), _HINT)]
        parts = self._digests()
        changed = {name: hint for name, hint in zip(parts, given, strict=True) if parts[name][:_HINT] != hint}
        what = "; ".join(self._described(name, hint) for name, hint in changed.items())
        if not what:
            what = "no part of it, so the digest was not copied whole"
        elif len(changed) == len(parts):
            what = f"every part of it, so the digest is of another plan altogether (now {self._files()})"
        return (
            f"The plan is not the one of --expect-plan, and nothing was posted. What changed: {what}. Give what was "
            "approved, or `check` again with these files and options, and have that plan approved."
        )

    def _digests(self) -> dict[str, str]:
        facts = asdict(replace(self, by_status={}))
        shares = {str(status): share_fields(self.by_status[status]) for status in Status if status in self.by_status}
        totals = {"by_status": shares, "control": facts["control"]}
        parts = {name: facts[name] for name in ("version", "inputs", "options", "already", "rows")}
        return {name: _digest_of_part(part) for name, part in {**parts, "totals": totals}.items()}

    def _described(self, name: str, hint: str) -> str:
        """A part, as it is now; `hint` is the beginning of its digest in the plan that was expected."""
        match name:
            case "version":
                return f"the version of this program (now {self.version})"
            case "inputs":
                return f"the input files, by name, content or order (now {self._files()})"
            case "options":
                return f"options that decide what is posted, or where (now {self._options()}){self._one_option(hint)}"
            case "already":
                return "what the results of --already know" if self.already else "--already, which is not given now"
            case "rows":
                return "the rows as they are sent, their order, or the rules that they break"
        shares = ", ".join(f"{status} {share_text(share)}" for status, share in self.by_status.items() if share.rows)
        return f"the totals by status, or the control totals (now {shares or rows_text(0)})"

    def _files(self) -> str:
        named = [f"{safe_text(name, 60)}, SHA-256 {digest[:12]}…" for name, digest in self.inputs[:_NAMED_FILES]]
        more = len(self.inputs) - len(named)
        return "; ".join(named) + (f", and {more:,} more" if more else "")

    def _one_option(self, hint: str) -> str:
        """The option that is missing, or too much, where one explains the difference alone."""
        for one in deciding_options():
            value, default = self.options.get(one.name), _plain(one.to_json(one.default))
            other = default if value != default else True
            if (value != default or value is False) and _hint_of({**self.options, one.name: other}) == hint:
                return f": {one.flag} is missing" if value == default else f": {one.flag} was not given to `check`"
        return ""

    def _options(self) -> str:
        """The API, and the options that are not as they are when nothing is said."""
        defaults = {one.name: one.to_json(one.default) for one in deciding_options()}
        flags = {one.name: one.flag for one in deciding_options()}
        said = {
            name: value for name, value in self.options.items() if name in flags and value != _plain(defaults[name])
        }
        told = [f"{flags[name]} {_shown(value)}".rstrip() for name, value in said.items()]
        return ", ".join([safe_text(str(self.options["api"])), *told])


def plan_parts(checked: Checked, already: pl.DataFrame, settings: Settings, plan: Plan) -> PlanParts:
    """The parts of the plan of an import of what was `checked`; `already` are the fates of `--already`.

    `plan` is what becomes of each row if this import has not posted anything yet.
    """
    options = {one.name: one.to_json(getattr(settings, one.name)) for one in deciding_options()}
    total = settings.expect_total
    return PlanParts(
        version=__version__,
        inputs=tuple((source.name, str(source.facts()["sha256"])) for source in checked.sources),
        options=_plain({**options, "api": "sandbox" if settings.sandbox else settings.base_url}),
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
    """The SHA-256 of all rows, in order, whatever parts they come in. A thread of its own computes it."""

    def __init__(self) -> None:
        self._sink = _Hashing()
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
        return self._sink.state.hexdigest()

    def _update(self, rows: pl.DataFrame) -> None:
        # No field that can be sent holds the separator or a line break.
        rows.write_csv(cast("IO[bytes]", self._sink), include_header=False, separator="\x1f", quote_style="never")

    def _settle(self) -> None:
        if self._last is not None:
            self._last.result()


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


def _hint_of(part: object) -> str:
    return _digest_of_part(part)[:_HINT]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """A value as it comes back from JSON: a tuple is a list."""
    return json.loads(json.dumps(value))


def _shown(value: object) -> str:
    match value:
        case True:
            return ""
        case dict():
            return " ".join(f"{name}={safe_text(str(text), 60)}" for name, text in value.items())
        case list():
            return " ".join(safe_text(str(one), 60) for one in value)
    return safe_text(str(value), 60)
