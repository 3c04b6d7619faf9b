"""What the document says of answers is what the program makes of them, and its journal's letters are the journal's."""

from __future__ import annotations

import re

import pytest

from importer.api import OutcomeKind
from importer.api.meaning import outcome_of
from importer.api.wire import Body
from tests.docs.documents import RELIABILITY

ANSWERS = RELIABILITY.table("end of the attempt")
SUCCESS = b'{"success": true, "revenue_id": "r1", "message_id": "AbC12345", "revenue": 24.99}'
SAID = b'{"error": "%s"}'
WORDS = {
    OutcomeKind.RECORDED: "`recorded`",
    OutcomeKind.IN_DOUBT: "`in_doubt`",
    OutcomeKind.REJECTED: "`rejected`",
    OutcomeKind.TOO_LARGE: "`rejected`",
    OutcomeKind.TURNED_AWAY: "`pending`",
    OutcomeKind.STOP: "`pending`",
    OutcomeKind.THROTTLED: "tried again",
    OutcomeKind.TRANSIENT: "tried again",
}
# Answers that stand for each line of the table, by how the line begins; what is no answer has tests of its own.
CASES = {
    "2xx, JSON with `success: true`": [(200, SUCCESS), (201, SUCCESS)],
    "the same, but another": [(200, SUCCESS.replace(b"AbC", b"XyZ")), (200, SUCCESS.replace(b"24.99", b"25.99"))],
    "2xx, JSON with `success: false`": [(200, b'{"success": false}'), (200, SAID % b"x")],
    "2xx and anything else": [(200, b""), (200, SUCCESS[:-9]), (200, b"<html>"), (200, b'{"success": true}')],
    "400, 409, 422": [*((status, SAID % b"x") for status in (400, 409, 422, 451)), (404, SAID % b"message_not_found")],
    "such a 4xx without": [(400, b""), (422, b"<html>")],
    "413": [(413, b""), (413, SAID % b"x")],
    "401, 402, 403 with": [*((status, SAID % b"x") for status in (401, 402, 403, 405, 407)), (404, b""), (302, b"")],
    "403 without": [(403, b"<html>"), (303, b"")],
    "429": [(429, b""), (429, SAID % b"rate_limited")],
    "500 with": [(500, SAID % word) for word in (b"server_error", b"internal_error", b"save_error")],
    "every other 5xx": [(500, b""), (500, SAID % b"ECONNRESET"), (502, b""), (503, SAID % b"server_error"), (408, b"")],
}
NO_ANSWER = ["the connection broke", "nothing was sent: no connection", "nothing was sent: a certificate"]


def test_every_line_has_an_answer() -> None:
    """A line that is added to the table needs an answer here."""
    beginnings = [*CASES, *NO_ANSWER]
    assert [[one for one in beginnings if line.startswith(one)] for line in ANSWERS] == [[one] for one in beginnings]


@pytest.mark.parametrize("beginning", CASES)
def test_answers_mean_what_the_document_says(beginning: str) -> None:
    """Each answer leads to the status of its line, and ends the run where the line says so."""
    (cells,) = (cells for line, cells in ANSWERS.items() if line.startswith(beginning))
    for status, data in CASES[beginning]:
        outcome = outcome_of(status, {}, Body(data), "AbC12345", "24.99")
        assert cells[0].startswith(WORDS[outcome.kind]), (status, data, outcome)
        stops = outcome.stops or outcome.kind in (OutcomeKind.STOP, OutcomeKind.TURNED_AWAY)
        assert stops == cells[1].startswith("stops"), (status, data, outcome)
        if codes := re.findall(r"`(echo_mismatch|unreadable_answer|http_)", cells[0]):
            assert (outcome.code or "").startswith(codes[0]), (status, data, outcome)


def test_the_lines_of_the_journal_are_described() -> None:
    """The table has every kind of line that the journal's own documentation has."""
    from importer import journal

    documented = re.findall(r"^    ([A-Z])<TAB>", journal.__doc__ or "", re.MULTILINE)
    assert [cell.strip("`") for cell in RELIABILITY.table("line")] == [*documented, "#"]
