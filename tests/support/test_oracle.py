"""The oracle sees each broken promise, and lets an honest run pass; the inputs are what they say."""

from __future__ import annotations

import csv
import re
from decimal import Decimal

import pytest

from tests.faultserver.plan import CANARY_KEY
from tests.support import inputs, oracle
from tests.support.oracle import OracleError, judge


def test_inputs_say_what_they_hold(tmp_path):
    """The rows of a file are unique, valid by the letter, exact, and the same as in any other file that holds them."""
    chosen = inputs.rows(3000)
    assert chosen[1000:] == inputs.rows(2000, start=1000)
    assert len({row.message_id for row in chosen}) == 3000
    with inputs.write_csv(tmp_path / "in.csv", chosen).open(newline="") as file:
        read = list(csv.DictReader(file))
    for row, cells in zip(chosen, read, strict=True):
        assert re.fullmatch(r"[0-9A-Za-z_-]{8}", row.message_id)
        assert tuple(cells.values()) == row.cells
        assert re.fullmatch(r"\d+(\.\d+)?", row.digits)
        assert Decimal(re.sub(r"[ ,$+]", "", cells["revenue"])) == row.revenue == row.content.revenue
        assert Decimal(repr(float(row.digits))) == row.revenue
        assert row.content.timestamp is None or re.fullmatch(r"2025-\d\d-\d\dT[\d:.]+Z", row.content.timestamp)
    assert not {row.message_id for row in inputs.invalid_rows()} & {row.message_id for row in chosen}
    assert inputs.total(inputs.invalid_rows()) == Decimal("9.75") * 9


RESULTS_FIELDS = (*inputs.FIELDS, "status", "revenue_id", "error_code", "error_message")
RESULTS_HEADER = ("row", "source", *RESULTS_FIELDS, "http_status", "attempts", "finished_at", "target")


class Story:
    """An honest run over 12 rows, three of them equal, to be doctored: each status is there."""

    def __init__(self):
        self.rows = [*inputs.rows(9), inputs.invalid_rows()[5], *inputs.rows(1, start=3), *inputs.rows(1, start=3)]
        statuses = ["recorded"] * 5 + ["rejected", "failed", "pending", "in_doubt", "invalid", "duplicate", "recorded"]
        self.lines = [
            self.line(i, row, status) for i, (row, status) in enumerate(zip(self.rows, statuses, strict=True))
        ]
        stored = [i for i, status in enumerate(statuses) if status in {"recorded", "in_doubt"}]
        self.ledger = [self.record(i) for i in stored]
        shares = {}
        for row, status in zip(self.rows, statuses, strict=True):
            share = shares.setdefault(status, {"rows": 0, "revenue": Decimal(0)})
            share["rows"] += 1
            share["revenue"] += row.revenue or 0
        by_status = {status: {**share, "revenue": str(share["revenue"])} for status, share in shares.items()}
        self.summary = {"rows": 12, "revenue": str(inputs.total(self.rows)), "by_status": by_status}

    @staticmethod
    def line(i, row, status):
        content = row.content or row.cells
        fields = ["" if field is None else str(field) for field in content]
        fields = [f"'{field}" if field[:1] in {"=", "-"} else field for field in fields]
        code = {"duplicate": "duplicate_row"}.get(status, "")
        cells = [str(i + 1), "in.csv", *fields, status, f"id{i}" if status == "recorded" else "", code, *[""] * 5]
        return dict(zip(RESULTS_HEADER, cells, strict=True))

    def record(self, i):
        content = self.rows[i].content
        return {**content._asdict(), "revenue": self.rows[i].digits, "revenue_id": f"id{i}"}

    def judge(self, path, **options):
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, RESULTS_HEADER, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(self.lines)
        return judge(self.rows, path, self.ledger, self.summary, **{"promised_in_doubt": 1, **options})


def test_the_oracle_lets_an_honest_run_pass(tmp_path):
    """Every status at once, equal rows and escaped formulas included."""
    counts = Story().judge(tmp_path / "r.csv")
    assert counts == {
        "recorded": 6, "rejected": 1, "failed": 1, "pending": 1, "in_doubt": 1, "invalid": 1, "duplicate": 1
    }  # fmt: skip
    oracle.judge_ids(tmp_path / "r.csv", Story().ledger)


def doctored_share(story, status, **changes):
    story.summary["by_status"][status] |= changes


@pytest.mark.parametrize(
    ("doctor", "complaint"),
    [
        (lambda s: s.ledger.append(s.record(0)), r"stored twice: 1\n.*2 times, in the input 1.*1 recorded"),
        (lambda s: s.ledger.append(s.record(3)), "stored, but neither recorded nor in doubt: 1\n.*11 duplicate"),
        (lambda s: s.ledger.extend([s.record(3)] * 2), "stored twice: 1\n.*4 times, in the input 3"),
        (lambda s: s.ledger.append({**s.record(0), "revenue": "1.98"}), "stored, but not in the input: 1"),
        (lambda s: s.ledger.append({**s.record(0), "timestamp": None}), "stored, but not in the input: 1"),
        (lambda s: s.ledger.pop(0), "recorded, but not stored: 1\n.*1 recorded"),
        (lambda s: s.ledger.pop(0), "totals: the ledger holds [0-9.]+, the results say"),
        (lambda s: s.ledger.append(s.record(5)), "neither recorded nor in doubt: 1\n.*6 rejected"),
        (lambda s: s.ledger.append(s.record(6)), "neither recorded nor in doubt: 1\n.*7 failed"),
        (lambda s: s.ledger.append(s.record(7)), "neither recorded nor in doubt: 1\n.*8 pending"),
        (
            lambda s: s.ledger.append({**s.record(0), "message_id": s.rows[9].message_id, "revenue": "12"}),
            "stored, but not in the input: 1\n.*Invalid5",
        ),
        (lambda s: s.lines.pop(6), r"11 lines for 12 rows\n- missing rows; message ids: 1\n"),
        (lambda s: s.lines.append({**s.lines[6], "row": "13"}), "13 lines for 12 rows"),
        (lambda s: s.lines[1].update(revenue="2.91"), r"not as in the input: 1\n.*row 2"),
        (lambda s: s.lines[1].update(offer_id=""), r"not as in the input: 1\n.*row 2"),
        (lambda s: s.lines[7].update(status="invalid"), r"not as in the input: 1\n.*row 8.*in truth valid"),
        (lambda s: s.lines[9].update(status="pending"), r"not as in the input: 1\n.*row 10.*in truth invalid_revenue"),
        (lambda s: s.lines[5].update(status="lost"), "unknown status: 1\n.*row 6"),
        (lambda s: s.lines[5].update(row="7"), "row numbers out of order"),
        (lambda s: s.lines[7].update(status="in_doubt"), "more than 1 in doubt: 2\n"),
        (lambda s: doctored_share(s, "recorded", rows=5), "totals: 1\n.*recorded: the summary says 5 rows"),
        (lambda s: doctored_share(s, "failed", revenue="7.26"), "totals: 1\n.*failed: the summary says 1 rows, 7.26"),
        (lambda s: s.summary.update(revenue="1"), "totals: .*all rows|the shares add up"),
        (lambda s: s.summary["by_status"].pop("pending"), "totals: 1\n.*pending: the summary says 0 rows"),
        (lambda s: s.lines[5].update(error_message=CANARY_KEY), "the API key stands in"),
    ],
)
def test_the_oracle_sees_each_broken_promise(tmp_path, doctor, complaint):
    """Negative control: one thing doctored in an honest run, and the clause and the row are named."""
    story = Story()
    doctor(story)
    with pytest.raises(OracleError) as error:
        story.judge(tmp_path / "r.csv")
    assert re.search(complaint, str(error.value)), error.value
    (tmp_path / "r.csv").unlink()


def test_the_oracle_allows_twice_only_what_was_resent(tmp_path):
    """At least once: a row in doubt or recorded may be stored twice, any other not at all."""
    story = Story()
    story.ledger += [story.record(0), story.record(8)]
    story.judge(tmp_path / "r.csv", at_least_once=True)
    story.ledger.append(story.record(7))
    with pytest.raises(OracleError, match="neither recorded nor in doubt: 1"):
        story.judge(tmp_path / "r.csv", at_least_once=True)


def test_the_oracle_sees_the_answer_of_another_row(tmp_path):
    """judge_ids: two rows with each other's revenue_id, or with one between them."""
    story = Story()
    story.lines[0]["revenue_id"], story.lines[1]["revenue_id"] = "id1", "id0"
    story.judge(tmp_path / "r.csv")
    with pytest.raises(OracleError, match="another's revenue_id: 2"):
        oracle.judge_ids(tmp_path / "r.csv", story.ledger)
    story.lines[1]["revenue_id"] = "id1"
    story.judge(tmp_path / "r.csv")
    with pytest.raises(OracleError, match="in two rows: 1"):
        oracle.judge_ids(tmp_path / "r.csv", story.ledger)


def test_the_oracle_reads_parquet_results(tmp_path):
    """The same judgement from `.parquet`."""
    import polars as pl

    story = Story()
    story.judge(tmp_path / "r.csv")
    pl.DataFrame(oracle.read_results(tmp_path / "r.csv")).write_parquet(tmp_path / "r.parquet")
    assert judge(story.rows, tmp_path / "r.parquet", story.ledger, promised_in_doubt=1)["recorded"] == 6
    with pytest.raises(OracleError, match="recorded, but not stored"):
        judge(story.rows, tmp_path / "r.parquet", story.ledger[1:], promised_in_doubt=1)
