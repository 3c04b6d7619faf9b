"""A person who works on a month, as hypothesis leads them: what breaks comes back as the shortest list of steps.

The steps are those of `months`, each a rule of its own, with a few more: other formats, deaths at a certain call,
signals, the export of the vendor's records, reports. One row at a time is sent, so that the same steps end alike.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.faultserver.plan import plan
from tests.faultserver.server import FaultServerProcess
from tests.reconciling.test_command import OURS, export
from tests.support.inputs import FIELDS, write_csv
from tests.support.months import Book, DeadEndError, Month, thrown_away
from tests.support.oracle import OracleError
from tests.support.process import state_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from tests.faultserver.forking import Forker
    from tests.support.warm import Warm

_FORMATS = ("csv", "semicolons", "utf16", "parquet", "xlsx")
_DEATHS = st.tuples(st.sampled_from(("fdatasync", "pwrite", "fsync", "replace")), st.integers(1, 12), st.booleans())
_NUMBERS = itertools.count()
FIGURES = Counter[str]()
"""What was done so far, in all months of this process."""


class Person(Month):
    """A month in which files change their format, and deaths and signals come at calls instead of moments."""

    kind = "csv"

    def save_as(self, kind: str) -> None:
        """From now on the files are of this kind."""
        self.kind = kind

    def _given(self, book: Book, already: Sequence[str]) -> dict[str, Any]:
        given = super()._given(book, already) | {"concurrency": 1}
        return given | {"inputs": (str(_saved(book, self.kind)),)}

    def hurt(self, book: Book, breaks: dict[str, Any], options: dict[str, Any]) -> None:
        """A run in a process of its own, to which this happens."""
        self._want(book, options)
        already = self._already(book)
        given = self._given(book, already)
        words = [word for other in already for word in ("--already", other)]
        words += ["--shard", f"{book.shard[0]}/{book.shard[1]}"] if book.shard else []
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        result = self.warm.run(
            *("import", given["inputs"][0], "-o", book.results, "--base-url", self.server.url, "--rate", 0),
            *("--attempts", 1, "--concurrency", 1, "--stop-after", 50, *words),
            cwd=self.folder, breaks=breaks,
        )  # fmt: skip
        self.told.append(f"{book.results.name} {options} {breaks}: {result.exit}")
        self._ended(book, result.exit, result.stderr)

    def _ended(self, book: Book, status: int, said: str) -> None:
        if "Traceback" in said or status not in (-9, 0, 1, 2, 3, 143):
            raise OracleError(f"{status}: {said}")
        if status != 2:
            book.clean = status != -9
            book.edited &= not book.clean

    def reconcile(self) -> None:
        """The export of all that the vendor has settles the doubts that it can."""
        if not all(book.clean for book in self.books if book.exists):
            return
        file = export(self.folder / "vendor.csv", self.server.ledger())
        results = [book.results for book in self.books if book.results.exists()]
        if results and not file.read_text().count("\n") < 2:
            told = self.warm.run(
                "reconcile", *results, "--against", file, *OURS, "--apply", "all", "--why", "it stands there",
                cwd=self.folder,
            )  # fmt: skip
            self.told.append(f"reconcile: {told.exit} {told.stderr[-200:]}")
            if "Traceback" in told.stderr or told.exit not in (0, 1, 2):
                raise OracleError(str(told))

    def report(self) -> None:
        """The report of any results can be had, whatever was done to them, or it says why not."""
        for book in self.books:
            if book.exists:
                told = self.warm.run("report", book.results, "--html", self.folder / "report.html", cwd=self.folder)
                if "Traceback" in told.stderr or told.exit not in (0, 1, 2) or (book.clean and told.exit == 2):
                    raise DeadEndError(f"report of {book.results.name}: {told}")


def _saved(book: Book, kind: str) -> Path:
    if kind in ("csv", "semicolons", "utf16"):
        delimiter = ";" if kind == "semicolons" else ","
        return write_csv(book.file, book.rows, delimiter=delimiter, encoding="utf-16" if kind == "utf16" else "utf-8")
    table = pl.DataFrame([row.cells for row in book.rows], schema=dict.fromkeys(FIELDS, pl.String), orient="row")
    file = book.file.with_suffix(f".{kind}")
    if kind == "parquet":
        table.write_parquet(file)
    else:
        table.write_excel(file)
    return file


_OPTIONS = st.fixed_dictionaries(
    {"duplicates": st.sampled_from(("hold", "post", "skip"))},
    optional={"limit": st.integers(0, 3), "bulk": st.just(3), "retry_rejected": st.just(value=True)},
)


class UserModel(RuleBasedStateMachine):
    """What people do to a month, in any order; `machine` gives it what it needs."""

    warm: ClassVar[Warm]
    forker: ClassVar[Forker]

    @initialize(random=st.randoms(use_true_random=False))
    def begin(self, random: Random) -> None:
        """A new month, with an API and a state folder of its own."""
        self.folder = Path(tempfile.mkdtemp(prefix="user-"))
        os.environ["XDG_STATE_HOME"] = f"{state_home()}/user-{next(_NUMBERS)}"
        self.server = FaultServerProcess(plan(), self.folder / "server" / "ledger", forker=self.forker)
        self.server.start()
        self.is_broken = False
        FIGURES["months"] += 1
        self.month = Person(self.warm, self.server, self.folder / "month", 7, random=random)

    def _do(self, name: str, *args: Any, **options: Any) -> None:
        if name != "judge":
            FIGURES[name.strip("_")] += 1
            self.month.told.append(name.strip("_"))
        try:
            getattr(self.month, name)(*args, **options)
        except (OracleError, TimeoutError):
            self.is_broken = True
            raise

    @rule(name=st.sampled_from(("_append", "_remove", "_sort", "_duplicate", "_respell", "_mend", "_correct")))
    def edit(self, name: str) -> None:
        """The input."""
        self._do(name)

    @rule(kind=st.sampled_from(_FORMATS))
    def save_as(self, kind: str) -> None:
        """The input, as another program does."""
        self._do("save_as", kind)

    @rule(name=st.sampled_from(("_lose_results", "_edit_results", "_lose_journal", "_cut_lines", "_put_back_journal")))
    def harm(self, name: str) -> None:
        """The results."""
        self._do(name)

    @rule(name=st.sampled_from(("_resolve", "reconcile", "_import_rejects", "report")))
    def settle(self, name: str) -> None:
        """What is open."""
        self._do(name)

    @rule(options=_OPTIONS, number=st.integers(0, 9))
    def run(self, options: dict[str, Any], number: int) -> None:
        """As the sentences say, until it goes."""
        self._do("_wish", self.month.books[number % len(self.month.books)], **options)

    @rule(options=_OPTIONS, number=st.integers(0, 9), death=_DEATHS)
    def die(self, options: dict[str, Any], number: int, death: tuple[str, int, bool]) -> None:
        """At a call that changes a file, before or after it."""
        call, nth, is_before = death
        breaks = {"die": [call, nth, "before" if is_before else "after"]}
        self._do("hurt", self.month.books[number % len(self.month.books)], breaks, options)

    @rule(options=_OPTIONS, number=st.integers(0, 9), nth=st.integers(1, 8))
    def terminate(self, options: dict[str, Any], number: int, nth: int) -> None:
        """By SIGTERM, in the middle."""
        breaks = {"signal": ["fdatasync", nth, "SIGTERM"]}
        self._do("hurt", self.month.books[number % len(self.month.books)], breaks, options)

    @invariant()
    def promises_are_kept(self) -> None:
        """No copy too many, nothing recorded that is not stored, nothing stored that is not admitted."""
        if hasattr(self, "month"):
            self._do("judge")

    def teardown(self) -> None:
        """What is wished for in the end can be had, and is."""
        if not hasattr(self, "month"):
            return
        try:
            if not self.is_broken:
                self.month.finish()
        except (OracleError, TimeoutError) as error:
            raise type(error)("\n  ".join([str(error), *self.month.told])) from error
        finally:
            self.server.stop()
            FIGURES.update({word: self.month.figures[word] for word in ("runs", "verdicts")})
            thrown_away(self.folder)


def machine(warm: Warm, forker: Forker) -> type[UserModel]:
    """The model, with what starts the command and servers."""
    return type("User", (UserModel,), {"warm": warm, "forker": forker})
