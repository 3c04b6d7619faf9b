"""Disks that are full, read-only or broken: sending stops before the next row, and nothing is forgotten."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.faultserver.ledger import read_lines
from tests.faultserver.plan import plan, rule, success
from tests.support import inside, tracer
from tests.support.inputs import invalid_rows, rows, write_csv
from tests.support.oracle import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess
    from tests.support.process import Result
    from tests.support.warm import Warm

RESULTS = "june.results.csv"
JOURNAL = RESULTS + ".journal"
PLACES = 4


@pytest.fixture
def server(fault_server: Callable[..., FaultServerProcess]) -> FaultServerProcess:
    return fault_server(rule(success().but(delay_s=0.003)))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a small file system: `disk("size=200k")`, and again to change its options."""
    place = tmp_path / "disk"
    place.mkdir()

    def mounted(options: str) -> Path:
        again = ",remount" if os.path.ismount(place) else ""
        command = ["mount", "-t", "tmpfs", "-o", f"{options}{again}", "tmpfs", place]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("file systems cannot be mounted here")
        return place

    yield mounted
    subprocess.run(["umount", "-l", place], check=False, capture_output=True)


def importing(file: Path, server: FaultServerProcess, *more: object) -> tuple[object, ...]:
    return ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", PLACES, "--json", *more)


def stopped(result: Result) -> None:
    """It ended early, for the disk, in a sentence that says what to do."""
    assert (result.exit, result.json["stopped"], result.json["exit"]) == (3, "disk", 3), result
    assert "run the same command again" in result.stderr
    assert "Traceback" not in result.stderr
    assert "mistake in revenue-importer" not in result.stderr


def test_a_disk_that_fills(warm, server, disk, tmp_path):
    """Sending stops before the next row; once there is room the same command goes on, and not one row is in doubt."""
    place, month = disk("size=120k"), rows(1500)
    file = write_csv(tmp_path / "june.csv", month)
    command = importing(file, server, "-o", place / RESULTS)
    stopped(warm.run(*command, cwd=tmp_path))
    stored = len(server.ledger())
    assert 50 < stored < 1400
    again = warm.run(*command, cwd=tmp_path)  # still no room
    assert again.exit in (2, 3)
    assert len(server.ledger()) - stored < 50
    disk("size=50m")
    last = warm.run(*command, cwd=tmp_path)
    assert last.exit == 0, last
    judge(month, place / RESULTS, server.ledger(), last.json)


def test_a_disk_that_is_full_already(warm, server, disk, tmp_path):
    """A disk without room for anything is found out before the first row."""
    place = disk("size=40k")
    with contextlib.suppress(OSError):
        (place / "ballast").write_bytes(bytes(100_000))
    file = write_csv(tmp_path / "june.csv", rows(5))
    result = warm.run(*importing(file, server, "-o", place / RESULTS), cwd=tmp_path)
    assert (result.exit, server.ledger()) == (2, []), result
    assert "No space left" in result.stderr


def test_no_room_for_temporary_files(warm, server, disk, tmp_path):
    """A TMPDIR that is too small for the input is found out before the first row, and named."""
    place, file = disk("size=40k"), write_csv(tmp_path / "june.csv", rows(3000))
    result = warm.run(*importing(file, server), cwd=tmp_path, env={"TMPDIR": str(place)})
    assert (result.exit, server.ledger()) == (2, []), result
    assert f"temporary files in {place}" in result.stderr
    assert "TMPDIR" in result.stderr


def test_a_limit_that_leaves_no_room_for_temporary_files(warm, server, tmp_path):
    """However little of the input a quota leaves out, the sentence is the same, and nothing is sent."""
    file, largest = write_csv(tmp_path / "june.csv", rows(400)), 0
    while not server.requests():
        largest += 4096
        result = warm.run(*importing(file, server), cwd=tmp_path, breaks={"largest_file": largest})
        said = result.stderr.splitlines()
        assert server.requests() or (result.exit, said[-1][:32]) == (2, "error: No room for temporary fil"), result
    assert largest > 8192, "more than a buffer was written"


def test_a_read_only_disk(warm, server, disk, tmp_path):
    """A folder that cannot be written is found out before the first row, also where earlier results are in it."""
    place, file = disk("size=1m"), write_csv(tmp_path / "june.csv", rows(5))
    command = importing(file, server, "-o", place / RESULTS)
    disk("size=1m,ro")
    for _ in range(2):
        result = warm.run(*command, cwd=tmp_path)
        assert (result.exit, "--results" in result.stderr) == (2, True), result
        stored = len(server.ledger())
        disk("size=1m,rw")
        assert warm.run(*command, cwd=tmp_path).exit == 0
        disk("size=1m,ro")
    assert stored == 5


def test_a_limit_on_the_size_of_files(warm, server, tmp_path):
    """A quota stops the run like a full disk; without it the same command ends the job, nothing in doubt."""
    month = rows(600)
    file = write_csv(tmp_path / "june.csv", month)
    stopped(warm.run(*importing(file, server), cwd=tmp_path, breaks={"largest_file": 70_000}))
    assert 20 < len(server.ledger()) < 600
    last = inside.run(*importing(file, server), cwd=tmp_path)
    assert last.exit == 0, last
    judge(month, tmp_path / RESULTS, server.ledger(), last.json)


@pytest.mark.parametrize("error", ["ENOSPC", "EDQUOT"])
def test_outcomes_have_room_when_intents_have_none(warm, server, tmp_path, error):
    """Of a disk that fills the last blocks belong to the answers in flight: all of them are kept."""
    month = rows(80)
    file = write_csv(tmp_path / "june.csv", month)
    breaks = {"allocate": 500, "fail": ["posix_fallocate", 9, error]}
    result = warm.run(*importing(file, server), cwd=tmp_path, breaks=breaks)
    stopped(result)
    assert 2 < len(server.ledger()) < 80
    judge(month, tmp_path / RESULTS, server.ledger(), result.json)
    last = inside.run(*importing(file, server), cwd=tmp_path)
    judge(month, tmp_path / RESULTS, server.ledger(), last.json)


@pytest.mark.parametrize(
    ("call", "nth", "error", "doubts"),
    [
        ("fdatasync", 1, "EIO", 0),
        ("fdatasync", 2, "EIO", PLACES),
        ("fdatasync", 9, "EIO", PLACES),
        ("pwrite", 4, "EIO", 0),
        ("pwrite", 9, "EIO", PLACES),
        ("pwrite", 9, "EROFS", PLACES),
    ],
)
def test_a_journal_that_cannot_be_written(warm, server, tmp_path, call, nth, error, doubts):
    """After a refused write or sync nothing more is sent; what was in flight is in doubt at the most."""
    month = rows(60)
    file, watched = write_csv(tmp_path / "june.csv", month), tmp_path / "watched"
    breaks = {"fail": [call, nth, error], "watch": [str(watched), str(server.ledger_path)]}
    result = warm.run(*importing(file, server), cwd=tmp_path, breaks=breaks)
    assert result.exit == 3, result
    assert "Traceback" not in result.stderr
    assert "run the same command again" in result.stderr
    at_failure = read_lines(watched)[-1][1] if watched.exists() else 0
    assert len(server.ledger()) - at_failure <= PLACES
    last = inside.run(*importing(file, server), cwd=tmp_path)
    judge(month, tmp_path / RESULTS, server.ledger(), last.json, promised_in_doubt=doubts)


@pytest.mark.parametrize("once", [True, False])
def test_a_failed_sync_is_never_tried_again(warm, server, tmp_path, once):
    """One sync of the journal fails, the next would succeed and prove nothing: there is no next."""
    file, watched = write_csv(tmp_path / "june.csv", rows(60)), tmp_path / "watched"
    breaks = {
        ("fail_once" if once else "fail"): ["fdatasync", 6, "EIO"],
        "watch": [str(watched), str(server.ledger_path)],
    }
    assert warm.run(*importing(file, server), cwd=tmp_path, breaks=breaks).exit == 3
    assert len(read_lines(watched)) == 6


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_whatever_fails_at_the_end_is_made_good_by_the_next_run(warm, server, tmp_path, call):
    """Results that cannot be synced or put in place: exit 3 (2 before the first row), and a rerun writes them."""
    for nth in range(1, 12):
        folder, month = tmp_path / str(nth), rows(6, start=10 * nth)
        folder.mkdir()
        file, before = write_csv(folder / "june.csv", month), len(server.ledger())
        result = warm.run(*importing(file, server), cwd=folder, breaks={"fail": [call, nth, "EIO"]})
        if result.exit == 0:
            assert nth > 3
            return
        posted = len(server.ledger()) - before
        assert (result.exit, posted) in ((2, 0), (3, 0), (3, 6)), result
        assert "Traceback" not in result.stderr
        assert "mistake" not in result.stderr
        last = inside.run(*importing(file, server), cwd=folder)
        assert (last.exit, last.json["requests"]) == (0, 6 - posted), last
        judge(month, folder / RESULTS, server.ledger()[before:], last.json)
    pytest.fail("it never ended well")


@pytest.mark.parametrize("how", ["fail", "fail_once"])
@pytest.mark.parametrize("call", ["pwrite", "fsync", "ftruncate", "replace"])
def test_a_disk_that_fills_before_the_first_row_of_a_second_run(warm, server, tmp_path, call, how):
    """While the journal of a killed run is compacted: nothing is sent, and the summary says what was."""
    month, seen = rows(6), 0
    file = write_csv(tmp_path / "june.csv", month)
    # The index would know that the journal which is put back is older than what was posted since.
    command = importing(file, server, "--concurrency", 1, "--no-index")
    warm.run(*command, cwd=tmp_path, breaks={"die": ["pwrite", 8, "before"]})
    recorded = len(server.ledger()) - 1
    killed = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert RESULTS not in killed
    for nth in range(1, 12 if call == "pwrite" else 5):  # the first writes are those of temporary files
        for name, content in killed.items():
            (tmp_path / name).write_bytes(content)
        (tmp_path / RESULTS).unlink(missing_ok=True)
        before = len(server.ledger())
        result = warm.run(*command, cwd=tmp_path, breaks={how: [call, nth, "ENOSPC"]})
        if result.exit == 2 or len(server.ledger()) > before:
            continue  # found out by trying, or not at all
        stopped(result)
        assert (result.json["rows"], result.json["by_status"]["recorded"]["rows"]) == (6, recorded), result
        assert how == "fail" or (tmp_path / RESULTS).exists()
        seen += 1
        if seen == 2:
            break
    assert seen


def test_short_writes(warm, server, tmp_path):
    """A disk that takes seven bytes at a time gets there too."""
    month = rows(10)
    file = write_csv(tmp_path / "june.csv", month)
    result = warm.run(*importing(file, server), cwd=tmp_path, breaks={"short": 7})
    assert result.exit == 0, result
    judge(month, tmp_path / RESULTS, server.ledger(), result.json)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("folder.csv", "is a directory"),
        ("missing/r.csv", "does not exist"),
        ("fifo.csv", "not a regular file"),
        ("r.txt", ".parquet"),
        ("r", ".parquet"),
        ("/dev/full", ".parquet"),
        ("held.csv", "not a regular file"),
        ("blocked.csv", "cannot be written"),
        ("june.csv/r.csv", "june.csv is a file, not a folder"),
        ("loop.csv", "cannot be written"),
        (f"{'n' * 300}.csv", "cannot be written"),
    ],
)
def test_results_that_can_never_be(server, tmp_path, place, said):
    """A RESULTS, or a journal, that is a folder, a pipe or nowhere: exit 2 before the first row, nothing left."""
    file = write_csv(tmp_path / "june.csv", rows(3))
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "blocked.csv.journal").mkdir()
    os.mkfifo(tmp_path / "fifo.csv")
    os.mkfifo(tmp_path / "held.csv.journal")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    before = sorted(path.name for path in tmp_path.iterdir())
    result = inside.run(*importing(file, server, "-o", place), cwd=tmp_path)
    assert (result.exit, server.requests()) == (2, []), result
    assert said in result.stderr
    assert "mistake" not in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("option", ["--rejects", "--report"])
def test_other_files_that_can_never_be(server, tmp_path, option):
    """A rejects file or a report into a folder that is not there is found out before the first row too."""
    file = write_csv(tmp_path / "june.csv", rows(3))
    result = inside.run(*importing(file, server, option, "missing/x.html"), cwd=tmp_path)
    assert (result.exit, server.requests(), "missing" in result.stderr) == (2, [], True), result


@pytest.mark.parametrize("name", ["report", "report.pdf", "june.results.csv.journal"])
def test_a_report_that_can_never_be(server, tmp_path, name):
    """A report that is neither .html nor .xlsx is refused before the first row, not missed after the last."""
    file = write_csv(tmp_path / "june.csv", rows(3))
    result = inside.run(*importing(file, server, "--report", name), cwd=tmp_path)
    assert (result.exit, server.requests(), ".html or .xlsx" in result.stderr) == (2, [], True), result
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["june.csv"]


def test_rejects_never_replace_the_input(tmp_path):
    """No option can make a check or an import write over the file that it reads."""
    file = write_csv(tmp_path / "june.csv", invalid_rows())
    before = file.read_bytes()
    for command in ("check", "import"):
        result = inside.run(command, file, "--rejects", file, cwd=tmp_path)
        assert (result.exit, "same file" in result.stderr, file.read_bytes()) == (2, True, before), result


@pytest.mark.skipif(not tracer.works(), reason="no strace, or it may not trace here")
@pytest.mark.parametrize(("call", "error", "nth"), [("fdatasync", "EIO", 4), ("pwrite64", "ENOSPC", 6)])
def test_the_kernel_says_so(run_cold, server, tmp_path, call, error, nth):
    """The same from the kernel's side."""
    month = rows(30)
    file = write_csv(tmp_path / "june.csv", month)
    result = run_cold(*importing(file, server), program=tracer.tampering(call, f"error={error}:when={nth}+"))
    assert (result.exit, "run the same command again" in result.stderr) == (3, True), result
    last = run_cold(*importing(file, server))
    judge(month, tmp_path / RESULTS, server.ledger(), last.json, promised_in_doubt=PLACES)


def test_verdicts_on_a_full_disk(warm: Warm, fault_server: Any, tmp_path: Path) -> None:
    """A verdict that cannot be written changes nothing, says so, and can be given again."""
    from tests.faultserver.plan import hang_up

    server = fault_server(rule(hang_up(stored=False), nth=1))
    file = write_csv(tmp_path / "june.csv", rows(3))
    inside.run(*importing(file, server), cwd=tmp_path)
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    order = ("resolve", RESULTS, "--row", 1, "--not-recorded", "--sure", "--why", "x")
    seen: Counter[int] = Counter()
    for call, nth in (("pwrite", 1), ("pwrite", 3), ("fsync", 1), ("fsync", 2), ("replace", 1)):
        result = warm.run(*order, cwd=tmp_path, breaks={"fail": [call, nth, "ENOSPC"]})
        seen[result.exit] += 1
        assert "Make room" in result.stderr
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == whole, (call, nth)
    assert seen == {3: 5}
    assert inside.run(*order, cwd=tmp_path).exit == 0
    server.replan(plan())
    assert inside.run(*importing(file, server), cwd=tmp_path).json["requests"] == 1
