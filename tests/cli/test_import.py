"""An import, a check and a sandbox as the command runs them: JSON, questions, streams and logs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.command import PROGRAM, environment

if TYPE_CHECKING:
    from pathlib import Path
from tests.cli.samples import ONE_ROW

TWO_ROWS = ONE_ROW + b"bad,5.00,click\n"
PROMISED = {
    *("rows", "revenue", "by_status", "by_code", "by_attribution_type", "results"),
    *("posted", "target", "withheld", "warnings", "version", "run", "plan", "files"),
    *("by_month", "refunds", "first_timestamp", "last_timestamp"),
    *("duration_s", "requests", "retries", "stopped", "exit"),
}


@pytest.fixture
def june(tmp_path: Path) -> str:
    """A file with a row that is good and one that is not."""
    (tmp_path / "june.csv").write_bytes(TWO_ROWS)
    return "june.csv"


def test_json_of_an_import(june: str, run_cold: Any, healthy_server: Any) -> None:
    """With --json standard output is one object with the promised keys, whose money balances."""
    result = run_cold("import", june, "--base-url", healthy_server.url, "--json")
    assert result.exit == 1
    assert result.stdout.count("\n") == 1
    assert set(result.json) == PROMISED
    assert result.json["by_status"] == {
        "recorded": {"rows": 1, "revenue": "24.99"},
        "invalid": {"rows": 1, "revenue": "5.00"},
    }
    assert (result.json["rows"], result.json["revenue"], result.json["exit"]) == (2, "29.99", 1)
    assert result.json["by_code"] == {"invalid_message_id": 1}
    assert "Invalid message id [invalid_message_id]: 1 row (5.00)" in result.stderr
    assert len(healthy_server.ledger()) == 1


def test_json_of_a_check(june: str, run: Any) -> None:
    """A check needs no key and no network, and tells in the same words what an import would do."""
    result = run("check", june, "--json", key=None)
    assert result.exit == 1
    assert set(result.json) == PROMISED - {"posted"} | {
        "to_post",
        "largest",
        "examples",
        "without_timestamp",
        "control_totals",
    }
    assert [(one["source"], one["row"]) for one in result.json["examples"]["invalid_message_id"]] == [("june.csv", 2)]
    assert "characters; message ids have 8" in result.json["examples"]["invalid_message_id"][0]["text"]
    assert result.json["without_timestamp"] == {"rows": 1, "revenue": "24.99"}
    assert result.json["to_post"] == {"rows": 1, "revenue": "24.99"}
    assert [one["revenue"] for one in result.json["largest"]] == ["24.99"]
    assert result.json["by_status"]["pending"] == {"rows": 1, "revenue": "24.99"}
    assert result.json["requests"] == 0


def test_no_on_a_terminal_posts_nothing(june: str, run_tty: Any, healthy_server: Any) -> None:
    """A no to the question ends with 2 before the first request."""
    result = run_tty("import", june, "--base-url", healthy_server.url, dialog=[("Post 1 row .*y/N", "n\n")])
    assert result.exit == 2
    assert result.stdout.splitlines()[-1] == "Nothing was posted."
    assert healthy_server.requests() == []


def test_ctrl_c_at_the_question_posts_nothing(june: str, run_tty: Any, healthy_server: Any) -> None:
    """Ctrl-C at the question ends with 130 before the first request."""
    result = run_tty("import", june, "--base-url", healthy_server.url, dialog=[("Post 1 row .*y/N", "\x03")])
    assert result.exit == 130
    assert "Nothing was posted." in result.stdout
    assert healthy_server.requests() == []


def test_yes_on_a_terminal_posts(june: str, run_tty: Any, healthy_server: Any) -> None:
    """A yes to the question posts the rows, and the host is in the question."""
    question = rf"Post 1 row \(24\.99\) to {healthy_server.target}\? \[y/N\]"
    result = run_tty("import", june, "--base-url", healthy_server.url, dialog=[(question, "y\n")])
    assert result.exit == 1
    assert len(healthy_server.ledger()) == 1


def test_key_and_input_on_their_streams(run: Any, healthy_server: Any, tmp_path: Path, key_file: Path) -> None:
    """The key can come from a file and the rows from standard input, or the other way round."""
    (tmp_path / "june.csv").write_bytes(ONE_ROW)
    where = ("--base-url", healthy_server.url)
    one = run("import", "-", "--results", "a.csv", "--api-key-file", key_file, *where, key=None, stdin=ONE_ROW)
    assert (one.exit, len(healthy_server.ledger())) == (0, 1)
    (tmp_path / "a.csv").unlink()
    (tmp_path / "a.csv.journal").unlink()
    anew = (*where, "--overlap", "allow")
    other = run("import", "june.csv", "--api-key-file", "-", *anew, key=None, stdin=key_file.read_bytes())
    assert (other.exit, len(healthy_server.ledger())) == (0, 2)


def test_unusual_key_is_a_warning(june: str, run: Any, healthy_server: Any) -> None:
    """A key of another form than the documented one is used, with a warning that does not show it."""
    result = run("import", june, "--base-url", healthy_server.url, key="unusual-key")
    assert "warning: The API key does not look like one" in result.stderr
    assert "unusual-key" not in result.stdout + result.stderr
    assert [request["status"] for request in healthy_server.requests()] == [401]


def test_import_into_its_own_sandbox(june: str, run_cold: Any, tmp_path: Path) -> None:
    """--sandbox needs no key and no server, and its results cannot be taken for real ones."""
    result = run_cold("import", june, "--sandbox", "--json", key=None)
    assert result.exit == 1
    assert result.json["by_status"]["recorded"] == {"rows": 1, "revenue": "24.99"}
    assert result.json["results"].endswith("june.sandbox.results.csv")
    assert ",sandbox\r\n" in (tmp_path / "june.sandbox.results.csv").read_bytes().decode()


@pytest.mark.parametrize("redirection", [">&- 2>&- <&-", ">/dev/full 2>/dev/full"])
def test_import_does_not_need_its_streams(redirection: str, june: str, tmp_path: Path) -> None:
    """An import whose streams are closed, full or not read does its work and ends with its own status."""
    command = f"{{ {' '.join(PROGRAM)} import {june} --sandbox; echo $? >status; }} {redirection}"
    subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(["--sandbox"], key=None), check=False)
    assert (tmp_path / "status").read_text() == "1\n"
    assert ",recorded," in (tmp_path / "june.sandbox.results.csv").read_text()
    assert (tmp_path / "june.sandbox.results.csv.journal").read_bytes().count(b"Checking") == 0


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_output_that_cannot_be_written(as_json: tuple[str, ...], run: Any, start_cold: Any, tmp_path: Path) -> None:
    """Where it is all that a command is for, the command has failed; an import is done, and says where to read on."""
    (tmp_path / "june.csv").write_bytes(ONE_ROW)
    (tmp_path / "vendor.csv").write_bytes(
        ONE_ROW.replace(b"attribution_type", b"attribution_type,source").replace(b"sale", b"sale,api")
    )
    results = "june.sandbox.results.csv"
    assert run("import", "june.csv", "--sandbox", key=None).exit == 0
    commands: dict[tuple[str, ...], tuple[int, str]] = {
        ("report", results): (2, "The report could not be written to standard output: No space left"),
        ("status", results): (2, "The status could not be written to standard output: No space left"),
        ("check", "june.csv"): (2, "The summary could not be written to standard output: No space left"),
        ("reconcile", results, "--against", "vendor.csv"): (
            2,
            "What was found could not be written to standard output: No",
        ),
        ("import", "june.csv", "--sandbox"): (1, f"`revenue-importer report {results}` says what became of every row."),
    }
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - no path of a file
        ended = {command: start_cold(*command, *as_json, key=None, stdout=full).wait() for command in commands}
    for command, (status, sentence) in commands.items():
        (error,) = [line for line in ended[command].stderr.splitlines() if line.startswith("error: ")]
        assert (ended[command].exit, sentence in error) == (status, True), ended[command]
    assert run("report", results).exit == 0, "the advice works"


def test_report_into_a_pipe_that_closes(june: str, run: Any, tmp_path: Path) -> None:
    """A reader that has seen enough is no failure."""
    run("import", june, "--sandbox", key=None)
    command = f"{{ {' '.join(PROGRAM)} report june.sandbox.results.csv; echo $? >status; }} | true"
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert (result.stderr, (tmp_path / "status").read_text()) == (b"", "0\n")


def test_log_of_an_import_is_json(june: str, run: Any) -> None:
    """With --log-format json nothing else than objects is on standard error, from the first line to the last."""
    result = run("import", june, "--sandbox", "--json", "--log-format", "json", "--debug", key=None)
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert all({"ts", "level", "event", "run"} <= line.keys() for line in lines)
    assert lines[-1]["event"] == "finished"
    assert lines[-1]["exit"] == result.exit == 1


def test_quiet_says_only_the_summary(june: str, run: Any) -> None:
    """--quiet leaves standard error empty when there is nothing to warn of, and --json keeps the object."""
    result = run("check", june, "--json", "--quiet", key=None)
    assert result.stderr == ""
    assert result.json["exit"] == 1


# The sandbox


def test_sandbox_serves_until_it_is_told_to_stop(start_cold: Any) -> None:
    """`sandbox` prints its base URL on standard output, serves there, and ends with 0 on SIGTERM."""
    running = start_cold("sandbox", key=None)
    url = running.wait_for(r"http://127\.0\.0\.1:\d+/api\n").strip()
    answer = subprocess.run(
        [sys.executable, "-c", f"import urllib.request as r; r.urlopen('{url}/v2/revenue', b'{{}}')"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "401" in answer.stderr
    running.send_signal(signal.SIGTERM)
    result = running.wait()
    assert (result.exit, result.stdout, result.stderr) == (0, f"{url}\n", "The sandbox has stopped.\n")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--port", "70000"), "port must be between 0 and 65535"),
        (("--slow-rate", "2"), "slow_rate"),
        (("--host", "0.0.0.0"), "loopback"),
        (("--known-ids", "missing.txt"), "missing.txt"),
        (("--api-key-file", "missing.key"), "missing.key"),
    ],
)
def test_sandbox_that_cannot_start(args: tuple[str, ...], sentence: str, run: Any) -> None:
    """A sandbox that cannot be as it is asked for ends with 2 and says why."""
    result = run("sandbox", *args)
    assert result.exit == 2
    assert sentence in result.stderr
    assert result.stderr.startswith("error: ")
