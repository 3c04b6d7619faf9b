"""The recipes of docs/operations.md, run: exactly the lines that stand there, with folder and API of the test."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.documents import OPERATIONS
from tests.faultserver.plan import api_error, rule
from tests.support.inputs import invalid_rows, rows, write_csv
from tests.support.oracle import judge
from tests.support.process import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SERVICE, TIMER = OPERATIONS.blocks("ini")


class Place:
    """`/srv/revenue` of the recipes: the program, the key, and an environment that leads to the test's server."""

    def __init__(self, folder: Path, key: Path, url: str, program: Path) -> None:
        self.folder = folder
        (folder / ".venv" / "bin").mkdir(parents=True)
        (folder / ".venv" / "bin" / "revenue-importer").symlink_to(program)
        (folder / "key").symlink_to(key)
        self.env = environment(key=None) | {"TRACKLY_BASE_URL": url}

    def sh(self, line: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a line as cron, systemd's ExecStart and Airflow do: by a shell, without a terminal."""
        line = line.replace("/srv/revenue", str(self.folder))
        return subprocess.run(
            ["/bin/sh", "-c", line], cwd=self.folder, env=self.env | more, text=True, check=False, timeout=50,
            stdin=subprocess.DEVNULL, capture_output=True,
        )  # fmt: skip


@pytest.fixture
def place(tmp_path, key_file, warm_program) -> Iterator[Callable[[Any], Place]]:
    yield lambda server: Place(tmp_path / "revenue", key_file, server.url, warm_program)
    (tmp_path / "revenue" / "key").unlink()


def test_cron(place, fault_server):
    """cron's line imports the file of the day; it is silent when all is well, and says why not when it is not."""
    server = fault_server(rule(api_error(401, "invalid_api_key"), nth=20))
    here = place(server)
    (line,) = OPERATIONS.blocks("cron")
    command = line.split(maxsplit=5)[5].replace(r"\%", "%")
    month, today = rows(40), here.sh("date +%F").stdout.strip()
    file = write_csv(here.folder / f"{today}.csv", month)
    stopped = here.sh(command)
    assert "key" in stopped.stdout, stopped
    server.replan({**server._plan, "rules": []})
    assert here.sh(command).stdout == ""
    judge(month, file.with_suffix(".results.csv"), server.ledger())
    assert here.sh(command).stdout == ""
    assert len(server.ledger()) == 40
    write_csv(file, [*month, invalid_rows()[3]])
    assert "[missing_revenue]: 1 row" in here.sh(command).stdout


def test_systemd_service(place, healthy_server, key_file):
    """The service's command line imports a folder to which files are added, with the key as a credential."""
    here = place(healthy_server)
    command = unit(SERVICE)["Service"]["ExecStart"]
    (here.folder / "inbox").mkdir()
    shutil.copy(key_file, key_file.with_name("trackly_api_key"))
    for number in (0, 1):
        write_csv(here.folder / "inbox" / f"day-{number}.csv", rows(20, start=20 * number))
        ended = here.sh(command, CREDENTIALS_DIRECTORY=str(key_file.parent))
        assert ended.returncode == 0, ended
        assert len(healthy_server.ledger()) == 20 * (number + 1)
        assert all(json.loads(line)["event"] for line in ended.stderr.splitlines())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd_units(place, healthy_server, tmp_path):
    """systemd finds nothing to complain about in the units."""
    here = place(healthy_server)
    for name, text in (("revenue.service", SERVICE), ("revenue.timer", TIMER)):
        (tmp_path / name).write_text(
            text.replace("/srv/revenue", str(here.folder)).replace("User=revenue", "User=root")
        )
    command = ["systemd-analyze", "verify", "--man=no", tmp_path / "revenue.service", tmp_path / "revenue.timer"]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    said = [line for line in verified.stderr.splitlines() if "revenue" in line]
    assert said == [], verified
    assert unit(SERVICE)["Service"]["RestartPreventExitStatus"] == "1 2"


def test_airflow(place, fault_server, monkeypatch):
    """A try continues where the one before stopped; rows for a person fail the task without another try."""
    server = fault_server(rule(api_error(401, "invalid_api_key"), nth=20))
    here = place(server)
    task, fail_for_good = task_of_dag(monkeypatch, here)
    month = rows(40)
    file = write_csv(here.folder / "2026-07-01.csv", month)
    with pytest.raises(RuntimeError, match="exit 3"):
        task.execute({"ds": "2026-07-01"})
    server.replan({**server._plan, "rules": []})
    task.execute({"ds": "2026-07-01"})
    judge(month, file.with_suffix(".results.csv"), server.ledger())
    write_csv(here.folder / "2026-07-02.csv", invalid_rows())
    with pytest.raises(fail_for_good, match="need a person"):
        task.execute({"ds": "2026-07-02"})
    assert task.given["retries"] > 1


def unit(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def task_of_dag(monkeypatch: pytest.MonkeyPatch, here: Place) -> tuple[Any, type[Exception]]:
    """The recipe's one task and the exception that is not retried, in the little of Airflow that it uses.

    Airflow itself has hundreds of packages: `tests.soak.airflow` installs it, and runs the recipe in it.
    """
    made: list[Any] = []

    class Skip(Exception):  # noqa: N818 - as in Airflow
        pass

    class Fail(Exception):  # noqa: N818
        pass

    class Operator:
        def __init__(self, **given: Any) -> None:
            self.given = given
            made.append(self)

        def execute(self, context: dict[str, str]) -> None:
            assert self.given["cwd"] == "/srv/revenue"
            status = here.sh(self.given["bash_command"].replace("{{ ds }}", context["ds"])).returncode
            if status:
                raise Skip if status == self.given["skip_on_exit_code"] else RuntimeError(f"exit {status}")

    class Dag:
        def __init__(self, *_: object, **__: object) -> None:
            """Takes anything."""

        __enter__ = __exit__ = lambda self, *_: None

    names = ("airflow", "airflow.sdk", "airflow.sdk.exceptions", "airflow.providers", "airflow.providers.standard")
    names += ("airflow.providers.standard.operators", "airflow.providers.standard.operators.bash")
    for name in names:
        module: Any = types.ModuleType(name)
        module.DAG, module.BashOperator = Dag, Operator
        module.AirflowSkipException, module.AirflowFailException = Skip, Fail
        monkeypatch.setitem(sys.modules, name, module)
    text = OPERATIONS.block("python", "DAG(")
    exec(compile(text, OPERATIONS.name, "exec"), {})
    (task,) = made
    return task, Fail
