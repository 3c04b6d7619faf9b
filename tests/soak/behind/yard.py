"""Where a scenario takes place: a folder, the API, the programs before it, and the runs of the command."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.faultserver.api import HOST
from tests.faultserver.ledger import Books
from tests.faultserver.plan import plan
from tests.faultserver.server import FaultServerProcess
from tests.soak.behind.judging import Line, Required, Run, judged
from tests.soak.behind.programs import Program, Tools, free_port
from tests.support.command import start
from tests.support.inputs import rows, write_csv
from tests.support.keysearch import find_key
from tests.support.oracle import read_results

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.faultserver.plan import Json
    from tests.support.command import Running
    from tests.support.process import Result

ROOT = Path(__file__).resolve().parents[3]
PYTHON_SERVERS = ("gunicorn", "waitress", "granian", "uvicorn", "msgspec")
ROWS = 1000
# With fewer rows most scenarios show nothing, and say so.
FEWEST = 200
CONCURRENCY = 32
STOP_AFTER = 20
MOST_IN_AN_OUTAGE = CONCURRENCY + STOP_AFTER
_LONGEST_RUN_S = 300
_QUIET_S = 0.8


@dataclass
class Application(Books):
    """The ledger of the API behind a server of Python."""

    ledger_path: Path


class Yard:
    """One scenario; as a context manager everything that it began is ended at the end."""

    def __init__(self, folder: Path, name: str, tools: Tools, command: Sequence[str], scale: float) -> None:
        self.folder, self.name, self.tools, self.scale = folder, name, tools, scale
        self.lines: list[Line] = []
        self.books: Books
        self._command = command
        self._stack = contextlib.ExitStack()
        self._made = 0
        folder.mkdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def api(self, *rules: Json, **options: Any) -> FaultServerProcess:
        """Start the API that the ledger is of."""
        server = FaultServerProcess(plan(*rules, **options), self.folder / "api" / "ledger")
        self.books = self._stack.enter_context(server)
        return server

    def application(self, command: Callable[[Path, int], list[object]], *, delay_s: float = 0.0) -> str:
        """Start a server of Python with the API in it; `command` is given the programs' folder and a port. Its URL."""
        programs = self.tools.environment("servers", *PYTHON_SERVERS)
        ledger = self.folder / "api" / "ledger"
        ledger.parent.mkdir()
        self.books = Application(ledger)
        env = {"GATEWAYS_LEDGER": str(ledger), "GATEWAYS_DELAY_S": str(delay_s), "PYTHONPATH": str(ROOT)}
        port = free_port()
        self.start(command(programs, port), port, env)
        return f"http://{HOST}:{port}/api"

    def start(self, command: list[object], port: int, env: Mapping[str, str] | None = None) -> Program:
        """Start a program, which ends with the scenario."""
        log = self.folder / f"{Path(str(command[0])).name}.log"
        return self._stack.enter_context(Program(command, port, log, env))

    def write(self, name: str, text: str) -> Path:
        """A file of the scenario."""
        path = self.folder / name
        path.write_text(text)
        return path

    def run(
        self,
        *options: object,
        url: str,
        required: Required,
        name: str = "",
        count: int = ROWS,
        fewest: int = FEWEST,
        env: Mapping[str, str | None] | None = None,
        during: Callable[[Running], None] | None = None,
        more: Callable[[Run], Sequence[str]] = lambda _: (),
    ) -> Line:
        """Import a month, or go on with it; and judge. `count` is times the scale, `fewest` is not."""
        self._made += 1
        month = rows(max(fewest, round(count * self.scale)), plain=True)
        file = self.folder / "month.csv"
        if not file.exists():
            write_csv(file, month)
        command = ("import", file, "--base-url", url, "--json", "--no-progress", *options)
        private = {"PYTHONPATH": None, "XDG_STATE_HOME": str(self.folder / "state"), "HOME": str(self.folder)}
        with start(*command, cwd=self.folder, env=private | dict(env or {}), program=self._command) as running:
            if during:
                during(running)
            result, words = _ended(running)
        said = self.write(f"said-{self._made}.txt", words)
        label = f"{self.name} {name}".strip()
        run = Run(label, month, self.results, self._ledger_at_rest(), result)
        leaks = [f"the API key stands in {place}" for place in find_key([said, *self.folder.glob("month.*")])]
        self.lines.append(judged(run, required, [*more(run), *leaks]))
        return self.lines[-1]

    @property
    def results(self) -> Path:
        """The results file of the month."""
        return self.folder / "month.results.csv"

    def lines_of(self, status: str) -> list[dict[str, str]]:
        """The lines of the results that have a status."""
        return [line for line in read_results(self.results) if line["status"] == status]

    def complain(self, text: str) -> None:
        """Add something that is not as required to the last line."""
        line = self.lines[-1]
        self.lines[-1] = replace(line, complaints=(*line.complaints, text))

    def resolve(self, *options: object) -> Any:
        """Ask for a verdict on rows in doubt."""
        with start(
            "resolve", self.results, *options, cwd=self.folder, env={"PYTHONPATH": None}, program=self._command
        ) as running:
            return running.wait()

    def _ledger_at_rest(self) -> list[dict[str, Any]]:
        """The ledger, once nothing more is stored: servers store also what nobody waits for any more."""
        ledger: list[dict[str, Any]] = []
        while True:
            time.sleep(_QUIET_S)
            before, ledger = ledger, self.books.ledger()
            if len(ledger) == len(before):
                return ledger


def _ended(running: Running) -> tuple[Result | None, str]:
    """The result of a run, None when it has to be killed, and all that it said."""
    try:
        result = running.wait(_LONGEST_RUN_S)
    except TimeoutError as error:
        return None, str(error)
    return result, str(result)
