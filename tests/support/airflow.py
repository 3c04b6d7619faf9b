"""A throw-away Airflow: an environment, a database and a scheduler of its own, and what became of its tasks' tries.

    with Airflow(folder / "airflow", dag_text, env) as airflow:
        airflow.trigger("2026-07-01")
        airflow.wait("2026-07-01", "success")
        [one.exit for one in airflow.tries("2026-07-01")]

Its database and its logs are read where they lie: its own commands take seconds each.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import time
import venv
from typing import TYPE_CHECKING, NamedTuple, Self

from tests.faultserver.api import HOST, bound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGES = ("apache-airflow>=3.2,<4", "apache-airflow-providers-standard")
_LONGEST_S = 300


class Try(NamedTuple):
    """One try of a task: Airflow's word for it, and the exit status of its command (None: Airflow saw none)."""

    number: int
    state: str
    exit: int | None


def make_venv(folder: Path, *requirements: object, cwd: Path | None = None) -> Path:
    """An environment with these packages; its `bin`."""
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, *map(str, requirements)], cwd=cwd, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"pip cannot install {' '.join(map(str, requirements))}:\n{done.stderr}")
    return folder / "bin"


class Airflow:
    """Airflow with one DAG of one task, from its installation to its end; its schedule is on."""

    def __init__(self, folder: Path, dag: str, env: Mapping[str, str]) -> None:
        self._folder = folder
        folder.mkdir()
        (folder / "dags").mkdir()
        (folder / "dags" / "recipe.py").write_text(dag, "utf-8")
        self._bin = make_venv(folder / ".venv", *PACKAGES)
        with bound(0) as sock:
            self._port = sock.getsockname()[1]
        self._env = {**env, "PATH": f"{self._bin}{os.pathsep}{env['PATH']}", "AIRFLOW_HOME": str(folder)}
        self._env |= {f"AIRFLOW__{name}": str(value) for name, value in self._settings().items()}
        self._running: list[subprocess.Popen[bytes]] = []

    def _settings(self) -> dict[str, object]:
        return {
            "CORE__LOAD_EXAMPLES": False,
            "CORE__DAGS_FOLDER": self._folder / "dags",
            "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
            "CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{self._port}/execution/",
            "CORE__PARALLELISM": 2,
            "API__HOST": HOST,
            "API__PORT": self._port,
            "API__WORKERS": 1,
            "API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "SCHEDULER__ENABLE_HEALTH_CHECK": False,
            # A task whose worker is dead is found by its missing heartbeat: after five minutes, if nothing is said.
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": 3,
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": 15,
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": 5,
        }

    def __enter__(self) -> Self:
        self.command("db", "migrate")
        self.command("dags", "reserialize")
        self.version = self.command("version").split()[-1]
        self._start("api-server")
        self._until_it_listens()  # a task that cannot reach it has spent a try
        self._start("scheduler", "--skip-serve-logs")
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def command(self, *words: str) -> str:
        """What a command of Airflow prints."""
        done = subprocess.run(
            [self._bin / "airflow", *words], env=self._env, cwd=self._folder, text=True, check=False,
            stdin=subprocess.DEVNULL, capture_output=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"airflow {' '.join(words)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def trigger(self, day: str) -> None:
        """Ask for the run of a day."""
        self.command("dags", "trigger", self._dag, "--logical-date", day, "--run-id", day)

    def clear(self, day: str) -> None:
        """What a person does with *Clear*: the task of that day is run again."""
        self.command("tasks", "clear", self._dag, "--start-date", day, "--end-date", day, "--yes")

    @property
    def _dag(self) -> str:
        return str(self._query("select dag_id from dag")[0][0])

    def runs(self) -> list[str]:
        """All runs, also those that the schedule began."""
        return [str(run) for (run,) in self._query("select run_id from dag_run order by id")]

    def tries(self, run: str) -> list[Try]:
        """The tries of the run's task in order, the one under way among them."""
        seen = self._query(
            "select try_number, state from task_instance_history where run_id = :run and state is not null union all "
            "select try_number, state from task_instance where run_id = :run and try_number > 0 order by 1",
            run=run,
        )
        return [Try(int(number), str(state), self._exit(run, int(number))) for number, state in seen]

    def wait(self, run: str, *states: str, tries: int = 1) -> list[Try]:
        """All tries, once there are so many and the last one is in one of these states."""
        deadline = time.monotonic() + _LONGEST_S
        while True:
            made = self.tries(run)
            if len(made) >= tries and made[-1].state in states:
                return made
            if time.monotonic() > deadline:
                raise TimeoutError(f"run {run} is never {' or '.join(states)}: {made}")
            time.sleep(0.2)

    def _exit(self, run: str, number: int) -> int | None:
        for log in self._folder.glob(f"logs/dag_id=*/run_id={run}/task_id=*/attempt={number}.log"):
            if found := re.search(r"return code (-?\d+)", log.read_text("utf-8")):
                return int(found[1])
        return None

    def _query(self, sql: str, **values: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self._folder / 'airflow.db'}?mode=ro", uri=True)) as database:
            return database.execute(sql, values).fetchall()

    def _start(self, *words: str) -> None:
        with (self._folder / f"{words[0]}.log").open("wb") as log:
            process = subprocess.Popen(
                [self._bin / "airflow", *words], env=self._env, cwd=self._folder, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self._running.append(process)

    def _until_it_listens(self) -> None:
        deadline = time.monotonic() + _LONGEST_S
        while time.monotonic() < deadline:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection((HOST, self._port)):
                return
            time.sleep(0.2)
        raise TimeoutError((self._folder / "api-server.log").read_text("utf-8", "replace"))
