"""The vendor's bulk endpoint: up to a hundred rows a request, and what its answer means for each of them.

The answer names no `revenue_id`s; it counts successes and errors and lists the errors by index. A sibling endpoint
lists at most 100 errors, so a batch is never larger: every failure is then named. What the answer does not explain is
in doubt.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.client import (
    CODE_MAX,
    HALF_A_CENT,
    HIDDEN,
    End,
    Meaning,
    clean,
    difference,
    error_code,
    judge,
    parsed,
)
from importer.records import EXACT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from importer.transport import Body

# The application's own word that it failed on a record, which it may not do next time (vendor's API documentation).
TRANSIENT_CODES = {"server_error", "internal_error", "save_error"}


def bulk_body(bodies: Sequence[str]) -> bytes:
    """The request of several rows, each with the JSON that it would be posted with alone."""
    return f'{{"records":[{",".join(bodies)}],"imported":false}}'.encode()


def judge_bulk(
    status: int, headers: httpx.Headers, body: Body, revenues: Sequence[str], *, secret: str = ""
) -> list[End]:
    """What a whole answer means for each row; `revenues` are the texts of the numbers that were sent, in order."""
    answer = parsed(body)
    if not 200 <= status <= 299 or not isinstance(answer, dict) or "success_count" not in answer:
        end = judge(status, headers, body, "", "0", secret=secret)
        if end.meaning is Meaning.RECORDED:  # one row's answer, where one for a batch was due
            end = End(Meaning.IN_DOUBT, "unreadable_answer", "the answer does not count the rows", status)
        return [end] * len(revenues)
    errors = _errors_by_index(answer, len(revenues))
    ends = [
        _refused(status, errors[i], secret) if i in errors else End(Meaning.RECORDED, http_status=status)
        for i in range(len(revenues))
    ]
    why = _disagreement(answer, errors, ends, revenues)
    if why is None:
        return ends
    unexplained = End(Meaning.IN_DOUBT, "echo_mismatch", why, status)
    return [end if end.meaning is not Meaning.RECORDED else unexplained for end in ends]


def _errors_by_index(answer: dict[str, Any], rows: int) -> dict[int, dict[str, Any]]:
    errors = answer.get("errors") or []
    named = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return {error["index"]: error for error in named if _is_count(error.get("index")) and error["index"] < rows}


def _refused(status: int, error: dict[str, Any], secret: str) -> End:
    code, text = error_code(status, error)
    if secret:
        code, text = code.replace(secret, HIDDEN), text and text.replace(secret, HIDDEN)
    meaning = Meaning.TRANSIENT if code in TRANSIENT_CODES else Meaning.REJECTED
    return End(meaning, clean(code, CODE_MAX), text and clean(text), status)


def _disagreement(
    answer: dict[str, Any], errors: dict[int, dict[str, Any]], ends: Sequence[End], revenues: Sequence[str]
) -> str | None:
    """Why the counts and the total are not those of this batch, or None where they are."""
    good, bad, listed = answer.get("success_count"), answer.get("error_count", 0), answer.get("errors") or []
    if not isinstance(good, int) or not isinstance(bad, int) or not _is_count(good) or not _is_count(bad):
        return "the answer does not count successes and errors"
    if good + bad != len(revenues):
        return f"the answer counts {good} successes and {bad} errors, sent were {len(revenues)} rows"
    if bad != len(errors) or len(listed) != bad:
        return f"the answer counts {bad} errors and names {len(errors)}"
    if answer.get("total_revenue") is None:
        return None
    total = Decimal(0)
    for end, revenue in zip(ends, revenues, strict=True):
        if end.meaning is Meaning.RECORDED:
            total = EXACT.add(total, Decimal(revenue))
    off = difference(answer["total_revenue"], f"{total:f}")
    if off is None or off > HALF_A_CENT * max(good, 1):
        return f"the answer counts a revenue of {clean(str(answer['total_revenue']), 64)}, the rows have {total:f}"
    return None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
