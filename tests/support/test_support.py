"""The campaigns, the search for the key, the command and the guards of every test do what they are for."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.faultserver.plan import CANARY_KEY, answer, hang_up, plan, rule, success
from tests.support import command, inputs, oracle, strawman
from tests.support.keysearch import find_key
from tests.support.oracle import OracleError, judge


@pytest.mark.parametrize(("program", "honest"), [(strawman.HONEST, True), (strawman.DISHONEST, False)])
def test_a_campaign_of_kills_tells_the_honest_from_the_dishonest(
    fault_server, start_cold, run_cold, tmp_path, program, honest
):
    """Negative control of the whole: an importer whose intent comes after the POST is caught, one like it is not."""
    chosen = inputs.rows(40, plain=True)
    file = inputs.write_csv(tmp_path / "in.csv", chosen)
    server = fault_server(
        rule(success().but(delay_s=0.05), nth=(10, None)), rule(hang_up(stored=True), nth=3), rule(answer(500), nth=5)
    )
    arguments = ("import", file, "--base-url", server.url)
    for lines in (10, 15, 20):
        assert start_cold(*arguments, program=program).kill_after(ledger=server.ledger_path, lines=lines)
    server.replan(plan())
    result = run_cold(*arguments, program=program)
    judged = (chosen, tmp_path / "in.results.csv", server.ledger(), result.json)
    if honest:
        counts = judge(*judged, promised_in_doubt=2 + 3, artefacts=[tmp_path])
        oracle.judge_ids(tmp_path / "in.results.csv", server.ledger())
        assert counts["recorded"] >= 35
    else:
        with pytest.raises(OracleError, match="stored twice: 3"):
            judge(*judged, promised_in_doubt=2 + 3)


def disguises(tmp_path):
    """The key in files of every kind, none of them in the test's own folder."""
    import polars as pl

    key = CANARY_KEY
    (tmp_path / "k.xlsx").write_bytes(_zipped(key))
    (tmp_path / "k.csv.gz").write_bytes(gzip.compress(key.encode()))
    pl.DataFrame({"a": [key] * 99}).write_parquet(tmp_path / "k.parquet")
    (tmp_path / "utf16").write_bytes(key.encode("utf-16"))
    (tmp_path / "hex").write_text(key.encode().hex())
    (tmp_path / "half").write_text(f"…{key[20:]}")
    for i in range(3):
        import base64

        (tmp_path / f"base64-{i}").write_bytes(base64.b64encode(b"x" * i + key.encode() + b"yz"))


def _zipped(text):
    import io
    import zipfile

    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", text * 9)
    return buffer.getvalue()


def test_the_key_is_found_in_every_disguise(tmp_path_factory):
    """Half of it is enough, in UTF-16, hex, base64, zip, gzip or Parquet; its last four characters are not."""
    folder = tmp_path_factory.mktemp("disguised")
    disguises(folder)
    found = find_key([folder])
    assert {Path(label.split(":")[0]).name for label in found} == {path.name for path in folder.iterdir()}
    assert find_key([f"key trk_…{CANARY_KEY[-4:]}", b"PK\x03\x04 no archive"]) == []


STAND_IN = """
import getpass, json, os, pathlib, signal, sys, time
from decimal import Decimal
what, *rest = sys.argv[1:]
if what == "json":
    print("Checked.", file=sys.stderr)
    print(json.dumps({"rows": 1, "revenue": 1.10, "args": rest, "env": dict(os.environ), "tty": sys.stdin.isatty()}))
elif what == "sleep":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print("asleep", flush=True)
    time.sleep(60)
elif what == "write":
    for i in range(100000):
        with open(rest[0], "a") as file:
            file.write(f"{i}\\n")
elif what == "ask":
    key = getpass.getpass("Key: ")
    with open("/dev/tty") as tty:
        print(f"\\x1b[31m{len(key)} characters\\x1b[0m", sys.stdout.isatty(), os.get_terminal_size().columns)
    if input("Post? ") == "y":
        sys.exit(7)
    time.sleep(60)
elif what == "cat":
    sys.stdout.write(sys.stdin.read())
"""


@pytest.fixture
def program(tmp_path):
    """A stand-in for the command."""
    path = tmp_path / "stand_in.py"
    path.write_text(STAND_IN)
    return (sys.executable, str(path))


def test_a_run_is_a_users_run(run_cold, program, monkeypatch):
    """Off a terminal, with the key and nothing else of ours in its environment; JSON is read exactly."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    result = run_cold("json", Path("x.csv"), 7, program=program, env={"EXTRA": "1", "LANG": None})
    command.SEEN.clear()  # this stand-in prints its environment, key and all
    assert (result.exit, result.stderr, result.json["args"]) == (0, "Checked.\n", ["x.csv", "7"])
    assert (result.json["revenue"], result.json["tty"]) == (Decimal("1.1"), False)
    env = result.json["env"]
    assert (env["TRACKLY_API_KEY"], env["EXTRA"], env["NO_COLOR"]) == (CANARY_KEY, "1", "1")
    assert not {"HTTPS_PROXY", "LANG", "PYTEST_CURRENT_TEST"} & env.keys()
    assert env["TRACKLY_BASE_URL"] == "http://127.0.0.1:9/api"
    assert "TRACKLY_BASE_URL" not in command.environment(["import", "--base-url=x"])
    assert "TRACKLY_API_KEY" not in command.environment(key=None)
    assert run_cold("cat", stdin=b"a,b\n", program=program).stdout == "a,b\n"


def test_the_command_is_the_package_that_the_tests_import(run_cold):
    """`python -m importer` is found from any folder."""
    script = "import importlib.util; print(importlib.util.find_spec('importer').origin)"
    found = run_cold("-c", script, program=(sys.executable,)).stdout.strip()
    assert Path(found).parent == Path(__file__).parents[2] / "importer"


def test_a_run_that_does_not_end_is_ended(run_cold, program):
    """The timeout's error has what was printed."""
    with pytest.raises(TimeoutError, match="asleep"):
        run_cold("sleep", program=program, timeout=0.5)


def test_a_running_command_is_killed_when_told(start_cold, program, tmp_path):
    """After so many seconds, at so many lines of a ledger, with any signal; False when there was nothing to kill."""
    ledger = tmp_path / "ledger"
    writing = start_cold("write", ledger, program=program)
    assert writing.kill_after(ledger=ledger, lines=50)
    assert 50 <= ledger.read_bytes().count(b"\n") < 100_000
    assert writing.wait().exit == -signal.SIGKILL
    sleeping = start_cold("sleep", program=program)
    assert "asleep" in sleeping.wait_for("asl[e]+p")
    assert "stand_in.py sleep" in sleeping.seen_by_ps()
    assert sleeping.kill_after(0.05, number=signal.SIGTERM)
    assert (sleeping.wait().exit, sleeping.alive) == (143, False)
    ended = start_cold("cat", program=program)
    assert ended.wait().exit == 0
    assert not ended.kill_after(0)
    silent = start_cold("cat", program=program)
    with pytest.raises(TimeoutError, match="never printed"):
        silent.wait_for("nothing")


def test_a_terminal_shows_questions_and_hides_keys(run_tty, program):
    """What is typed at a hidden prompt is not on the screen; the exit status and the size are right."""
    result = run_tty("ask", dialog=[("Key: ", CANARY_KEY + "\n"), (r"Post\? ", "y\n")], program=program, timeout=10)
    assert (result.exit, "\x1b" in result.stdout) == (7, False)
    assert "36 characters True 120\nPost? y" in result.stdout
    with pytest.raises(TimeoutError, match=r"'Nothing' was never shown:\n+Key"):
        run_tty("ask", dialog=[("Nothing", "y\n")], program=program, timeout=0.5)
    interrupted = run_tty("ask", dialog=[("Key: ", "x\n"), (r"Post\? ", "\x03")], program=program, timeout=10)
    assert "KeyboardInterrupt" in interrupted.stdout


GUARDED = """
import socket, time, pytest
from pathlib import Path
from tests.support.command import run
from tests.faultserver.plan import CANARY_KEY
import sys

def test_leaks_on_stdout():
    run("-c", "import os; print(os.environ['TRACKLY_API_KEY'])", program=(sys.executable,))

def test_leaks_into_a_file(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_text(CANARY_KEY)

def test_leaks_by_argument():
    run("-c", "", CANARY_KEY, program=(sys.executable,))

def test_leaks_nothing(tmp_path, key_file):
    assert key_file.read_text() == CANARY_KEY + "\\n"

@pytest.mark.time_limit(0.2)
def test_hangs():
    try:
        time.sleep(30)
    except Exception:
        pass

def test_calls_out():
    socket.create_connection(("192.0.2.1", 80), timeout=1)

def test_looks_up():
    socket.getaddrinfo("app.tracklysms.com", 443)
"""


def test_the_guards_of_every_test(tmp_path, tmp_path_factory):
    """A leak of the key, a hang, a connection and a look-up beyond loopback each fail the test that did it."""
    (tmp_path / "test_guarded.py").write_text(GUARDED)
    root, base = Path(__file__).parents[2], tmp_path_factory.mktemp("base")
    arguments = [f"--rootdir={tmp_path}", "-p", "tests.conftest", "-p", "no:cacheprovider", "-rA", "--tb=line"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "--basetemp", str(base), str(tmp_path)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    ends = set(re.findall(r"^(\w+) .*::(\w+)", done.stdout, re.MULTILINE))
    assert {name for end, name in ends if end in {"ERROR", "FAILED"}} == {
        "test_leaks_on_stdout",
        "test_leaks_into_a_file",
        "test_leaks_by_argument",
        "test_hangs",
        "test_calls_out",
        "test_looks_up",
    }, done.stdout
    assert "over 0.2 s" in done.stdout
