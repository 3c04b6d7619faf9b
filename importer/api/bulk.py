"""The vendor's bulk endpoint: up to a hundred rows a request, and what its answer means for each of them.

The answer names no `revenue_id`s; it counts successes and errors and lists the errors by index. A sibling endpoint
lists at most 100 errors, so a batch is never larger: every failure is then named. The answer is believed whole or not
at all: where anything in it is not of this batch, every row is in doubt.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeGuard

from importer.api.answer_json import HALF_A_CENT, difference, error_code, parsed
from importer.api.meaning import OWN_FAILURES, outcome_of
from importer.api.outcome import CODE_MAX, Outcome, OutcomeKind, clean
from importer.model import EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.api.wire import Body


FLOAT_ERROR = Decimal("1e-6")
"""What sums of a hundred amounts may be off by where they are added up as floats."""


def bulk_body(bodies: Sequence[str]) -> bytes:
    """The request of several rows, each with the JSON that it would be posted with alone."""
    return f'{{"records":[{",".join(bodies)}],"imported":false}}'.encode()


def outcomes_of(
    status: int, headers: Mapping[str, str], body: Body, revenues: Sequence[str], *, secret: str = ""
) -> list[Outcome]:
    """What a whole answer means for each row; `revenues` are the texts of the numbers that were sent, in order."""
    if not 200 <= status <= 299:
        outcome = outcome_of(status, headers, body, "", "0", secret=secret)
        return [_of_a_batch(outcome)] * len(revenues)
    try:
        return _counted(status, body, revenues, secret)
    except _UnbelievableError as error:
        said = clean(str(error), secret=secret)
        return [Outcome(OutcomeKind.IN_DOUBT, error.code, said, status)] * len(revenues)


def _of_a_batch(outcome: Outcome) -> Outcome:
    """Records are handled one by one: of a batch that failed in the middle, some may be stored."""
    if outcome.kind is not OutcomeKind.TRANSIENT:
        return outcome
    return outcome._replace(
        kind=OutcomeKind.IN_DOUBT,
        code=f"http_{outcome.http_status}",
        text=f"{outcome.code}: {outcome.text or ''}",
    )


class _UnbelievableError(Exception):
    """What is wrong with the answer to a batch: it is no such answer."""

    code = "unreadable_answer"


class _MismatchError(_UnbelievableError):
    """It is one, of another batch: something was stored, so that these rows are never sent again by themselves."""

    code = "echo_mismatch"


def _counted(status: int, body: Body, revenues: Sequence[str], secret: str) -> list[Outcome]:
    answer = parsed(body)
    if body.surplus:
        raise _UnbelievableError("more than one answer came")
    if not isinstance(answer, dict) or "success_count" not in answer:
        raise _UnbelievableError("the answer does not count the rows")
    if answer.get("success") not in (None, True) or answer.get("error"):
        raise _UnbelievableError("the answer counts rows and says that it failed")
    errors = _errors_by_index(answer, len(revenues))
    _check_counts(answer, len(errors), len(revenues))
    stored = [i for i in range(len(revenues)) if i not in errors]
    warning = _check_total(answer, [revenues[i] for i in stored])
    outcomes = [Outcome(OutcomeKind.RECORDED, http_status=status)] * len(revenues)
    if warning and stored:
        outcomes[stored[0]] = outcomes[stored[0]]._replace(warning=warning)
    for i, error in errors.items():
        outcomes[i] = _refused(status, error, secret)
    return outcomes


def _errors_by_index(answer: dict[str, object], rows: int) -> dict[int, dict[str, object]]:
    errors = answer.get("errors")
    if errors is None:
        return {}
    if not isinstance(errors, list):
        raise _UnbelievableError("the errors of the answer are no list")
    named: dict[int, dict[str, object]] = {}
    for error in errors:
        index = error.get("index") if isinstance(error, dict) else None
        if not _is_count(index) or index >= rows or index in named:
            raise _MismatchError("the answer names an error of no row of this batch, or of one twice")
        named[index] = error
    return named


def _check_counts(answer: dict[str, object], named: int, rows: int) -> None:
    good, bad = answer["success_count"], answer.get("error_count", 0)
    if not _is_count(good) or not _is_count(bad):
        raise _UnbelievableError("the answer does not count successes and errors")
    if good + bad != rows:
        raise _MismatchError(f"the answer counts {good} successes and {bad} errors, sent were {rows} rows")
    if bad != named:
        raise _MismatchError(f"the answer counts {bad} errors and names {named}")


def _check_total(answer: dict[str, object], stored: Sequence[str]) -> str | None:
    """Compare the total; where it is only as far off as rounding explains, return what to say of that.

    An API that keeps cents rounds each amount of more decimals, by half a cent at most; amounts in cents it adds up as
    they are, and a difference is another row.
    """
    said = answer.get("total_revenue")
    if said is None:
        return None
    amounts = list(map(Decimal, stored))
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    off = difference(said, f"{total:f}")
    if off == 0:
        return None
    rounded = sum(amount != round(amount, 2) for amount in amounts)
    if off is None or off > HALF_A_CENT * max(rounded, 1):
        raise _MismatchError(f"the answer counts a revenue of {clean(str(said), 64)}, the rows have {total:f}")
    return f"the API recorded {said} for the rows of this request, {total:f} was sent" if off > FLOAT_ERROR else None


def _refused(status: int, error: dict[str, object], secret: str) -> Outcome:
    code, text = error_code(status, error)
    kind = OutcomeKind.TRANSIENT if code in OWN_FAILURES else OutcomeKind.REJECTED
    return Outcome(kind, clean(code, CODE_MAX, secret=secret), text and clean(text, secret=secret), status)


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
