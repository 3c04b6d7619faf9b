"""Rows of one content: as many are stored as were meant to be, whoever knows of which, and each keeps its own fate."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from importer.run.verdicts.given import Verdict
from importer.run.verdicts.resolving import resolve
from tests.faultserver.plan import CANARY_KEY, api_error, hang_up, plan, rule
from tests.plan.imported import imported
from tests.support.inputs import rows, write_csv
from tests.support.oracle import read_results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess

TWICE = rows(1) * 2
REFUSED, FAILED, LOST = api_error(400, "message_not_found"), api_error(500, "server_error"), hang_up(stored=False)


@pytest.fixture
def server(fault_server: Callable[..., FaultServerProcess]) -> FaultServerProcess:
    return fault_server()


@pytest.fixture
def importing(server: FaultServerProcess, tmp_path: Path) -> Callable[..., tuple[int, Any]]:
    """Import a file of `tmp_path` in this process: the exit status, with the summary or the sentence."""

    def run(name: str, **options: Any) -> tuple[int, Any]:
        settings = {"base_url": server.url, "api_key": CANARY_KEY, "rate": 0, "attempts": 1, **options}
        settings["already"] = tuple(str(tmp_path / given) for given in options.get("already", ()))
        return imported(tmp_path / name, settings)

    return run


def fates(results: Path) -> list[tuple[str, str]]:
    return [(line["status"], line["error_code"]) for line in read_results(results)]


@pytest.fixture
def elsewhere(server: FaultServerProcess, importing: Callable[..., tuple[int, Any]], tmp_path: Path) -> Path:
    """Results in a folder of their own that record one such row."""
    (tmp_path / "old").mkdir()
    write_csv(tmp_path / "old" / "may.csv", TWICE[:1])
    importing("old/may.csv")
    assert len(server.ledger()) == 1
    return tmp_path / "old" / "may.results.csv"


@pytest.mark.parametrize("answer", [REFUSED, FAILED], ids=["rejected", "failed"])
@pytest.mark.parametrize("duplicates", ["hold", "skip"])
def test_a_held_row_does_not_slide_into_the_place_of_another(
    server, importing, elsewhere, tmp_path, answer, duplicates
):
    """Of two equal rows one was refused and one held; other results record one: the held one is not posted for it."""
    write_csv(tmp_path / "june.csv", TWICE)
    server.replan(plan(rule(answer)))
    importing("june.csv", overlap="allow")
    server.replan(plan())
    options = {"already": ("old/may.results.csv",), "retry_rejected": True, "duplicates": duplicates}
    for again in (options, {**options, "already": ()}, {"retry_rejected": True}):
        importing("june.csv", **again)
        assert fates(tmp_path / "june.results.csv") == [
            ("duplicate", "already_recorded"),
            ("duplicate", "duplicate_row"),
        ]
    assert len(server.ledger()) == 1
    write_csv(tmp_path / "june.csv", [*TWICE, *rows(1)])
    importing("june.csv", retry_rejected=True)
    assert len(server.ledger()) == 1
    write_csv(tmp_path / "june.csv", TWICE)
    assert importing("june.csv", **{**options, "duplicates": "post"})[0] == 0
    assert len(server.ledger()) == 2


@pytest.mark.parametrize(
    ("answer", "verdict"), [(LOST, "not recorded"), (FAILED, None), (REFUSED, None)], ids=["lost", "failed", "refused"]
)
def test_what_is_left_out_is_not_posted_after_a_verdict(server, importing, tmp_path, answer, verdict):
    """`--duplicates post`, one of the two got lost; then `--duplicates skip`: left out knowingly, and exit 0."""
    write_csv(tmp_path / "june.csv", TWICE)
    importing("june.csv")
    server.replan(plan(rule(answer)))
    importing("june.csv", duplicates="post")
    server.replan(plan())
    if verdict:
        skipped = importing("june.csv", duplicates="skip", in_doubt="resend")
        assert (skipped[0], skipped[1].by_status["in_doubt"].rows, len(server.ledger())) == (1, 1, 1)
        resolve(
            tmp_path / "june.results.csv", [Verdict(row=2, recorded=False, why="dashboard")], lambda _: True, sure=True
        )
    assert importing("june.csv", duplicates="skip", retry_rejected=True)[0] == 0
    assert fates(tmp_path / "june.results.csv") == [("recorded", ""), ("duplicate", "duplicate_row")]
    assert len(server.ledger()) == 1


@pytest.mark.parametrize("recorded", [True, False])
def test_a_row_held_for_other_results_is_judged_anew(server, importing, tmp_path, recorded):
    """In doubt there it is held; once a verdict says that it was not recorded it is free, otherwise it is recorded."""
    (tmp_path / "old").mkdir()
    write_csv(tmp_path / "old" / "may.csv", TWICE[:1])
    write_csv(tmp_path / "june.csv", TWICE)
    server.replan(plan(rule(hang_up(stored=recorded))))
    importing("old/may.csv")
    server.replan(plan())
    for already in (("old/may.results.csv",), ()):
        importing("june.csv", already=already)
        held = read_results(tmp_path / "june.results.csv")[0]
        assert (held["error_code"], held["error_message"]) == (
            "already_in_doubt",
            "in doubt in may.results.csv (--already)",
        )
    resolve(
        tmp_path / "old" / "may.results.csv",
        [Verdict(row=1, recorded=recorded, why="dashboard")],
        lambda _: True,
        sure=True,
    )
    importing("june.csv", already=("old/may.results.csv",))
    first = ("duplicate", "already_recorded") if recorded else ("recorded", "")
    assert fates(tmp_path / "june.results.csv") == [first, ("duplicate", "duplicate_row")]
    assert len(server.ledger()) == 1


def test_another_file_does_not_free_what_was_held_for_the_first(server, importing, tmp_path):
    """Refused in July, in doubt in May: the row in June stays held while only July is named."""
    (tmp_path / "old").mkdir()
    for name, answer in (("may", LOST), ("july", REFUSED)):
        write_csv(tmp_path / "old" / f"{name}.csv", TWICE[:1])
        server.replan(plan(rule(answer)))
        importing(f"old/{name}.csv", overlap="allow")
    server.replan(plan())
    write_csv(tmp_path / "june.csv", TWICE[:1])
    for already in ("may", "july"):
        importing("june.csv", already=(f"old/{already}.results.csv",))
        assert fates(tmp_path / "june.results.csv") == [("duplicate", "already_in_doubt")]
    assert server.ledger() == []


# -- rejects -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def one_refused(server, importing, tmp_path):
    """Of three equal rows that all were wanted the second was refused, and stands in the rejects file."""
    write_csv(tmp_path / "june.csv", rows(1) * 3)
    server.replan(plan(rule(REFUSED, nth=2)))
    importing("june.csv", duplicates="post", concurrency=1, rejects=tmp_path / "rej.csv")
    server.replan(plan())
    assert Counter(fates(tmp_path / "june.results.csv"))["recorded", ""] == 2
    return tmp_path / "rej.csv"


@pytest.mark.parametrize("already", [("june.results.csv",), ()])
def test_a_refused_row_is_not_taken_for_an_equal_one(server, importing, one_refused, tmp_path, already):
    """The rejects file says that two equal rows come before it: those are recorded, this one never was."""
    assert importing("rej.csv", already=already)[0] == 0
    assert fates(tmp_path / "rej.results.csv") == [("recorded", "")]
    assert len(server.ledger()) == 3
    for name, other in (("june", "rej"), ("rej", "june")):
        options = {"already": (f"{other}.results.csv",), "retry_rejected": True, "duplicates": "post"}
        assert importing(f"{name}.csv", **options)[0] == 0
    assert len(server.ledger()) == 3


def test_a_refused_row_that_was_recorded_since_is_held(server, importing, one_refused, tmp_path):
    """The original was posted again: its results record three, of which one is this row."""
    assert importing("june.csv", retry_rejected=True)[0] == 0
    assert importing("rej.csv", already=("june.results.csv",))[0] == 0
    assert fates(tmp_path / "rej.results.csv") == [("duplicate", "already_recorded")]
    assert importing("rej.csv", results=tmp_path / "other.csv")[0] == 2
    assert len(server.ledger()) == 3


def test_rejects_of_rejects_still_know(server, importing, one_refused, tmp_path):
    """Refused again, by a file of its own: what that says counts from the first one."""
    server.replan(plan(rule(REFUSED)))
    importing("rej.csv", already=("june.results.csv",), rejects=tmp_path / "again.csv")
    server.replan(plan())
    assert (tmp_path / "again.csv").read_text().splitlines()[0] == one_refused.read_text().splitlines()[0]
    assert importing("again.csv", already=("june.results.csv", "rej.results.csv"))[0] == 0
    assert len(server.ledger()) == 3


def test_a_mended_row_is_judged_by_its_cells(server, importing, one_refused, tmp_path):
    """Made equal to another row that is recorded it is that row: what the file said was about other cells."""
    (tmp_path / "old").mkdir()
    other = rows(2)[1]
    write_csv(tmp_path / "old" / "may.csv", [other])
    importing("old/may.csv")
    header, line = csv.reader(one_refused.read_text().splitlines())
    assert header[-1] == "equal_before"
    with one_refused.open("w", newline="") as file:
        csv.writer(file).writerows([header, [*other.cells, *line[5:]]])
    assert importing("rej.csv", already=("june.results.csv", "old/may.results.csv"))[0] == 0
    assert fates(tmp_path / "rej.results.csv") == [("duplicate", "already_recorded")]
