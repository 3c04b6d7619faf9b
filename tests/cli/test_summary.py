"""What is said of a run: tables that balance, every reason with what to do, and the same as JSON."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import __version__
from importer.cli.summary import preview_lines, summary_fields, summary_lines
from importer.model import Doubts, Example, Finding, Preview, Share, Status
from importer.text import amount, safe_text
from tests.cli.samples import AMOUNTS, HOSTILE, share, summary_of

SHARES = st.builds(Share, st.integers(1, 10**7), AMOUNTS)
PREVIEW = Preview(
    total=share(7, "120.00"),
    by_status={Status.PENDING: share(5, "100.00"), Status.INVALID: share(2, "20.00")},
    to_post=share(5, "100.00"),
    findings=(Finding("invalid_timestamp", share(2, "20.00")),),
    target="api.example:8443",
    results="june.results.csv",
    concurrency=32,
    rows_a_request=100,
)


@given(by_status=st.dictionaries(st.sampled_from(Status), SHARES, max_size=7))
def test_table_balances(by_status: dict[Status, Share]) -> None:
    """The lines of the printed table add up to its total, in rows and to the last digit of the money."""
    lines = summary_lines(summary_of(by_status))
    table = re.findall(r"^  (\w+) +([\d,]+) +([\d,.]+)", "\n".join(lines), re.MULTILINE)
    numbers = {name: (int(rows.replace(",", "")), Decimal(money.replace(",", ""))) for name, rows, money in table}
    assert all(re.search(r"\.\d\d", money) for _, _, money in table)
    total = sum(by_status.values(), Share())
    assert numbers.pop("total") == (total.rows, total.revenue)
    assert numbers == {str(status): (each.rows, each.revenue) for status, each in by_status.items()}
    assert sum((Share(*each) for each in numbers.values()), Share()) == total


@given(by_status=st.dictionaries(st.sampled_from(Status), SHARES, max_size=7))
def test_numbers_stand_under_each_other(by_status: dict[Status, Share]) -> None:
    """Rows and revenue are right-aligned, with the decimal points in one column."""
    lines = [line for line in summary_lines(summary_of(by_status)) if re.match(r"  \w+ +[\d,]+ +[\d,]+\.", line)]
    assert len({line.index(".") for line in lines}) == 1
    assert len({re.match(r"  \w+ +[\d,]+", line).end() for line in lines}) == 1  # type: ignore[union-attr]


def test_json_is_the_promised_object() -> None:
    """The object of --json has the promised keys and no other, decimals as text, and no status without rows."""
    summary = summary_of(
        {Status.RECORDED: share(2, "1E+3"), Status.INVALID: share(1, "0"), Status.FAILED: Share()},
        by_code={"missing_revenue": 1},
        by_attribution_type={"sale": share(3, "1000.50")},
        by_month={"2026-06": share(3, "1000.50")},
        refunds=share(2, "-12.00"),
        first_timestamp="2026-06-01T00:00:00Z",
        last_timestamp="2026-06-30T23:59:59.5Z",
        results="june.results.csv",
        duration_s=1.5,
        requests=3,
        retries=1,
        exit_status=1,
        posted=share(2, "1E+3"),
        target="app.tracklysms.com",
        warnings=("a warning",),
        run="0a1b2c3d",
        plan="sha256:0123",
        files={"results": "june.results.csv", "journal": "june.results.csv.journal"},
    )
    assert summary_fields(summary) == {
        "rows": 3,
        "revenue": "1000",
        "by_status": {"recorded": {"rows": 2, "revenue": "1000"}, "invalid": {"rows": 1, "revenue": "0"}},
        "by_code": {"missing_revenue": 1},
        "by_attribution_type": {"sale": {"rows": 3, "revenue": "1000.50"}},
        "posted": {"rows": 2, "revenue": "1000"},
        "target": "app.tracklysms.com",
        "withheld": False,
        "warnings": ["a warning"],
        "version": __version__,
        "run": "0a1b2c3d",
        "plan": "sha256:0123",
        "files": {"results": "june.results.csv", "journal": "june.results.csv.journal"},
        "by_month": {"2026-06": {"rows": 3, "revenue": "1000.50"}},
        "refunds": {"rows": 2, "revenue": "-12.00"},
        "first_timestamp": "2026-06-01T00:00:00Z",
        "last_timestamp": "2026-06-30T23:59:59.5Z",
        "results": "june.results.csv",
        "duration_s": 1.5,
        "requests": 3,
        "retries": 1,
        "stopped": None,
        "exit": 1,
    }


def test_a_check_claims_no_posted_rows() -> None:
    """It has what an import would post, under a name that says so."""
    fields = summary_fields(summary_of({Status.PENDING: share(2, "30.00")}, posted=share(2, "30.00")), checked=True)
    assert fields["to_post"] == {"rows": 2, "revenue": "30.00"}
    assert "posted" not in fields


def test_summary_names_places_and_remedies() -> None:
    """Each code comes with its rows, its money, the first places and what to do about it."""
    places = tuple(Example("june.csv", row, row + 1, f"$-{row}") for row in range(1, 9))
    summary = summary_of(
        {Status.INVALID: share(1204, "0")},
        findings=(Finding("invalid_revenue", share(1204, "0"), places, further=2),),
        by_code={"invalid_revenue": 1204, "http_418": 3},
    )
    text = "\n".join(summary_lines(summary))
    assert "  also in 2 rows that are counted by another reason\n" in text
    assert "Invalid revenue [invalid_revenue]: 1,204 rows (0.00)\n    june.csv row 1 (line 2): $-1\n" in text
    assert "row 5 " in text
    assert "row 6 " not in text
    assert "HTTP 418 [http_418]: 3 rows" in text
    after = text.split("row 5 (line 6): $-5\n")[1].splitlines()[:3]
    assert after[0] == "    and 1,199 more"
    assert after[2].startswith("    -> ")


@pytest.mark.parametrize(
    ("code", "said"), [("http_200", "HTTP 200, no reason given"), ("over_quota", "no reason given")]
)
@pytest.mark.parametrize("text", ["", " "])
def test_summary_says_that_no_reason_was_given(code: str, said: str, text: str) -> None:
    """Where the API refused a row without a word, that is what the summary says of it."""
    finding = Finding(code, share(1, "1"), (Example("june.csv", 33, 34, text),))
    lines = summary_lines(summary_of({Status.REJECTED: share(1, "1")}, findings=(finding,)))
    assert f"    june.csv row 33 (line 34): {said}" in lines


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"without_timestamp": share(12, "300")}, "12 rows (300.00) without a timestamp"),
        ({"month_moved": share(1, "75.5")}, "1 row (75.50) in another month"),
        ({"warnings": ("The column note is not used.",)}, "warning: The column note is not used."),
        ({"stopped": "outage"}, "Stopped early: outage"),
        ({"results": "june.results.csv"}, "Results: june.results.csv"),
    ],
)
def test_summary_says_what_must_be_known(facts: dict[str, Any], words: str) -> None:
    """Warnings, the reason of an early stop and the results path are in the summary."""
    assert words in "\n".join(summary_lines(summary_of({Status.RECORDED: share(1, "1")}, **facts)))


@pytest.mark.parametrize(
    ("statuses", "facts", "steps"),
    [
        ("recorded", {}, ["nothing."]),
        ("recorded pending", {"stopped": "outage", "exit_status": 3}, ["run the same command again"]),
        (
            "recorded failed in_doubt",
            {"exit_status": 1, "doubts": (Doubts("r.csv", 1, 0, several=False),)},
            ["run the same command again", "r.csv --row N --recorded"],
        ),
        (
            "recorded in_doubt invalid",
            {"exit_status": 1, "doubts": (Doubts("my june.csv", 1, 1, several=True),)},
            ["resolve 'my june.csv' --row N --source FILE", "resolve 'my june.csv' --message-id ID", "fix the cells"],
        ),
        ("recorded", {"exit_status": 1, "doubts": (Doubts("r.csv", 0, 1, several=False),)}, ["r.csv --message-id ID"]),
        ("recorded duplicate", {"exit_status": 1, "by_code": {"already_in_doubt": 1}}, ["settle with `resolve`"]),
        ("recorded duplicate", {"exit_status": 1, "by_code": {"looks_recorded": 1}}, ["leave the rows that look"]),
        ("duplicate invalid", {"by_code": {"duplicate_row": 1}, "equals_decided": True}, ["fix the cells"]),
        ("recorded pending", {"exit_status": 1, "limited": True}, ["without --limit posts the rest"]),
        ("recorded pending invalid", {"exit_status": 1, "withheld": True}, ["--strict", "fix the cells"]),
        ("recorded duplicate", {"exit_status": 1, "by_code": {"duplicate_row": 1}}, ["--duplicates post"]),
        ("recorded duplicate", {"by_code": {"duplicate_row": 1}, "equals_decided": True}, ["nothing."]),
        ("recorded invalid rejected", {"exit_status": 1}, ["fix the cells", "--retry-rejected"]),
        ("recorded rejected", {"exit_status": 1}, ["--retry-rejected"]),
    ],
)
def test_summary_ends_in_the_next_steps(statuses: str, facts: dict[str, Any], steps: list[str]) -> None:
    """The summary ends in all that is left to do, the most urgent first, one thing in the line of its heading."""
    summary = summary_of({Status(status): share(1, "1") for status in statuses.split()}, **facts)
    lines = summary_lines(summary)
    heading = "Next: " if len(steps) == 1 else "Next:"
    ends = lines[-1:] if len(steps) == 1 else lines[-len(steps) - 1 :]
    assert ends[0].startswith(heading)
    said = ends if len(steps) == 1 else ends[1:]
    assert all(step in line for step, line in zip(steps, said, strict=True)), lines


@pytest.mark.parametrize(
    ("by_status", "posted", "steps"),
    [
        ({Status.PENDING: share(2, "5")}, share(2, "5"), ["`import` instead of `check` posts 2 rows (5.00)"]),
        (
            {Status.PENDING: share(2, "5"), Status.INVALID: share(1, "1"), Status.REJECTED: share(1, "1")},
            share(2, "5"),
            ["fix the invalid rows", "--retry-rejected", "`import` instead of `check` posts 2 rows (5.00)"],
        ),
        ({Status.RECORDED: share(2, "5")}, Share(), ["would post no row"]),
    ],
)
def test_check_says_what_an_import_would_do(by_status: dict[Status, Share], posted: Share, steps: list[str]) -> None:
    """The summary of a check says how much an import would post, and all that can be done next."""
    lines = summary_lines(summary_of(by_status, posted=posted), checked=True)
    assert f"An import would post {posted.rows} rows ({amount(posted.revenue)})." in lines[0]
    assert all(step in line for step, line in zip(steps, lines[-len(steps) :], strict=True)), lines


def test_summary_is_safe_and_narrow() -> None:
    """Whatever stands in files, names and answers, the summary is plain lines that fit in 80 columns."""
    place = Example(f"june {HOSTILE}.csv", 1, 2, HOSTILE * 50)
    summary = summary_of(
        {Status.REJECTED: share(1, "1")},
        findings=(Finding(HOSTILE, share(1, "1"), (place,)),),
        by_code={HOSTILE + "2": 1},
        by_attribution_type={HOSTILE: share(1, "1"), "sale": share(1, "1")},
        warnings=(HOSTILE,),
        results=f"{HOSTILE}.csv",
        target=HOSTILE,
        stopped=HOSTILE,
    )
    lines = summary_lines(summary)
    assert all(safe_text(line) == line for line in lines)
    assert max(len(line) for line in lines if not line.startswith(("Results", "Next", "- ", "Posted"))) <= 80


def test_preview_shows_what_the_answer_rests_on() -> None:
    """Before the first post: rows, total, host, what is left out, and how many rows a crash can leave in doubt."""
    text = " ".join("\n".join(preview_lines(PREVIEW)).split())
    for words in ("5 rows (100.00)", "api.example:8443", "invalid 2 20.00", "[invalid_timestamp]: 2 rows (20.00)",
                  "total 7 120.00", "june.results.csv", "At most 3,200 rows can be left in doubt"):  # fmt: skip
        assert words in text
