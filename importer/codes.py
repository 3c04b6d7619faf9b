"""What to do about rows with a code: one sentence for each code of ours, and of the vendor's where it is known."""

from __future__ import annotations

from importer.model import Status

_REMEDIES = {
    "missing_message_id": "Fill in the message id; a row without one cannot be attributed.",
    "missing_revenue": "Fill in the revenue (0 is allowed), or take the row out.",
    "missing_attribution_type": "Fill in sale, click or send; --set attribution_type=sale helps when the file has no "
    "such column.",
    "invalid_message_id": "Look the id up where the file comes from; --any-message-id accepts ids of another length.",
    "numeric_message_id": "Store the id column as text where the file is made: numbers lose leading zeros.",
    "invalid_revenue": "Write the revenue as a plain amount such as 1234.56; the API refuses refunds, so they "
    "cannot be sent.",
    "invalid_attribution_type": "Use sale, click or send.",
    "invalid_offer_id": "Use the offer's id, of at most 128 characters and on one line, or leave the cell empty.",
    "invalid_timestamp": "Write 2026-02-08T12:00:00Z, or describe the file's form with --timestamp-format.",
    "nonexistent_timestamp": "Check --timezone: in that zone, the clocks were put forward over this time.",
    "ambiguous_timestamp": "Write the offset, or choose with --ambiguous earliest or latest.",
    "future_timestamp": "Check the year, the order of day and month, and this computer's clock.",
    "ragged_row": "Give the row as many cells as the header has; a cell with a separator in it needs quotes.",
    "duplicate_row": "If the row is a second event, run again with --duplicates post; if not, with --duplicates skip.",
    "already_recorded": "Nothing: earlier results have the row as recorded.",
    "already_in_doubt": "Look the row up in the vendor's dashboard, then `resolve` it in the earlier results.",
    "echo_mismatch": "The answer named another row or amount: look the row up in the vendor's dashboard (by its "
    "revenue id, if it has one), then "
    "use `resolve`.",
    "unreadable_answer": "Look the row up in the vendor's dashboard, then use `resolve`.",
    "timeout": "Look the row up in the vendor's dashboard, then use `resolve`; a longer --timeout may prevent more.",
    "connection_lost": "Look the row up in the vendor's dashboard, then use `resolve`.",
    "interrupted": "The run ended in mid-row: look it up in the vendor's dashboard, then use `resolve`.",
    "resolved_recorded": "Nothing: a person found the row recorded.",
    "resolved_not_recorded": "Run the same import again: a person found the row not recorded, so it is posted then.",
    "message_not_found": "Check that the ids are of this account's messages, and that their column is the right one.",
    "offer_not_found": "Check the offer ids in the account; archived offers count as offers.",
    "contact_not_found": "The message's contact is gone: ask the vendor's support.",
}
_LEFT_OUT = "Nothing: the row is left out knowingly, with --duplicates skip."
_LOOK_UP = "Look the row up in the vendor's dashboard, then use `resolve`."
_REFUSED = "The API refused these rows: fix what its message says (--rejects writes them to a file), and run again."
_FAILED = "Run the same command again later: nothing of these rows was recorded."
_TURNED_AWAY = (
    "Something on the way to the API refused these rows before it saw them: find out what (the message quotes it), "
    "then run the same command again."
)
_UNSENT = "Put right why the run stopped, then run the same command again: nothing of these rows was recorded."


def remedy(code: str, status: Status | None = None, *, equals_decided: bool = False) -> str:
    """Return one sentence that says what to do about rows with this code and, where it is known, status.

    `equals_decided`: that equal rows are left out was a person's choice.
    """
    if equals_decided and code == "duplicate_row":
        return _LEFT_OUT
    known = _REMEDIES.get(code)
    if known is not None:
        return known
    if status is Status.PENDING:
        return _UNSENT
    if status is Status.FAILED:
        return _TURNED_AWAY if code.startswith("http_4") else _FAILED
    if status is Status.IN_DOUBT or code.startswith("http_5"):
        return _LOOK_UP
    return _REFUSED
