"""A month with every fate, its results as an import leaves them, and what is found of them."""

from __future__ import annotations

from tests.support.books import (
    a_book,
    end_event,
    line,
    planned,
    start_event,
    write_journal,
)

AGREE, WHOLE = "RESULTS and its journal agree", "RESULTS holds the whole input"
READ, ONCE = "Every line can be read", "No row stands twice"
GAPS = "No row is missing between the first and the last"
MONTH = [
    line(1, revenue="24.90"),
    line(2, revenue="0.005", attribution_type="send", offer_id=None),
    line(3, "in_doubt", "100.00"),
    line(4, "rejected", "10.10"),
    line(5, "invalid", "oops", error_code="invalid_revenue"),
    line(6, "invalid", "$1,000.50", error_code="invalid_message_id", message_id="x"),
    line(7, "duplicate", "24.90"),
    line(8, "failed", "7"),
    line(9, "pending", "3.30"),
]


def failed(report):
    return [check.name for check in report.checks if check.ok is False]


def with_amounts(lines):
    """What `planned` needs: the invalid row's revenue in plain notation."""
    return [{**one, "revenue": "1000.50" if one["revenue"] == "$1,000.50" else one["revenue"]} for one in lines]


def month(tmp_path, lines=MONTH, **start):
    path = a_book(tmp_path / "june.results.csv", lines)
    write_journal(
        path, lines, [start_event(planned(with_amounts(lines)), **start), end_event((2, "24.905")), written(path)]
    )
    return path


def written(path):
    from importer.disk import digest_of

    return {"event": "results", "sha256": digest_of(path), "name": path.name}


def cut(path, number):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(part for i, part in enumerate(lines) if i != number))
