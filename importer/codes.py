"""Every status and every code that a row can have: when it gets it, and what a person does about it.

The summary, the report and the reference table in the documentation all take their words from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from importer.model import Status

MEANING = {
    Status.RECORDED: "confirmed by the API",
    Status.REJECTED: "refused by the API",
    Status.INVALID: "broke a rule, never sent",
    Status.EXCLUDED: "left out by an option, never sent",
    Status.DUPLICATE: "held or left out, never sent",
    Status.FAILED: "certainly not recorded",
    Status.IN_DOUBT: "sent, but the answer was lost",
    Status.PENDING: "not sent yet",
}
COLOURS = {
    Status.RECORDED: "32",
    Status.REJECTED: "31",
    Status.INVALID: "35",
    Status.EXCLUDED: "2",
    Status.DUPLICATE: "36",
    Status.FAILED: "31",
    Status.IN_DOUBT: "33",
    Status.PENDING: "34",
}
"""How a terminal colours the words, as numbers of SGR sequences; the word always stands there, too."""
TITLES = {status: str(status).replace("_", " ").capitalize() for status in Status}


@dataclass(frozen=True, slots=True)
class Code:
    """A word in the column `error_code`.

    `status` is that of the rows that have it, `meaning` says when they get it, `remedy` in one sentence what to do.
    `others` names further words of which the same holds, as they stand behind this one in the reference table.
    """

    word: str
    status: Status
    meaning: str
    remedy: str
    others: str = ""


_LOOK_UP = "Look the row up in the vendor's dashboard, then use `resolve`."
_EMPTY = "the cell is empty"
_APIS_WORD = "the API's word"

CODES = (
    Code("missing_message_id", Status.INVALID, _EMPTY,
         "Fill in the message id; a row without one cannot be attributed."),
    Code("missing_revenue", Status.INVALID, _EMPTY,
         "Fill in the revenue (0 is allowed), or take the row out."),
    Code("missing_attribution_type", Status.INVALID, _EMPTY,
         "Fill in sale, click or send; --set attribution_type=sale helps when the file has no such column."),
    Code("invalid_message_id", Status.INVALID, "not 8 letters, digits, `_` or `-`",
         "Look the id up where the file comes from, or leave the line out if it is no row; --any-message-id accepts "
         "ids of another length."),
    Code("numeric_message_id", Status.INVALID, "a number in Excel or Parquet",
         "Store the id column as text where the file is made: numbers lose leading zeros."),
    Code("invalid_revenue", Status.INVALID, "not a plain amount of 0 or more",
         "Write the revenue as a plain amount such as 1234.56."),
    Code("negative_revenue", Status.INVALID, "a negative amount",
         "Refunds cannot be sent: take the rows out, and book them elsewhere. They are in no total but their own."),
    Code("revenue_too_high", Status.INVALID, "above `--max-revenue`",
         "Compare the amount with where the file comes from; if it is right, say a higher --max-revenue."),
    Code("invalid_attribution_type", Status.INVALID, "another word",
         "Use sale, click or send; --value attribution_type:WORD=sale says what a word of the file is."),
    Code("invalid_offer_id", Status.INVALID, "too long, control characters, or a word for no offer",
         "Use the offer's id, of at most 128 characters and on one line, or leave the cell empty; --null says which "
         "word is an empty cell."),
    Code("unknown_offer", Status.INVALID, "no offer of the account (`--check-offers`)",
         "Correct the offer id, or make the offer in the account; an empty cell lets the API find the offer."),
    Code("invalid_timestamp", Status.INVALID, "no real date and time in the expected form",
         "Write 2026-02-08T12:00:00Z, or describe the file's form with --timestamp-format."),
    Code("nonexistent_timestamp", Status.INVALID, "a local time that a clock change skips",
         "Check --timezone: in that zone, the clocks were put forward over this time."),
    Code("ambiguous_timestamp", Status.INVALID, "a local time that a clock change repeats",
         "Write the offset, or choose with --ambiguous earliest or latest."),
    Code("future_timestamp", Status.INVALID, "more than 24 hours ahead",
         "Check the year, the order of day and month, and this computer's clock."),
    Code("past_timestamp", Status.INVALID, "before the year 2000",
         "Programs write such dates where there is none: say with --null which are empty cells, or enter the date."),
    Code("outside_period", Status.INVALID, "not within `--period`; a row without a timestamp is of today",
         "Take the row out, or say another --period; without an offset it depends on --timezone."),
    Code("total_row", Status.INVALID, "sums up other rows: by a word, a formula, or its amount",
         "Leave it out with the --where that is named there, or take it out of the file; its money is that of the rows "
         "above, and in no total."),
    Code("ragged_row", Status.INVALID, "too many or too few cells",
         "Give the row as many cells as the header has; a cell with a separator in it needs quotes."),
    Code("duplicate_row", Status.DUPLICATE, "equal to an earlier row of the input in all five fields",
         "If the row is a second event, run again with --duplicates post; if not, with --duplicates skip."),
    Code("already_recorded", Status.DUPLICATE, "recorded in results given with `--already`",
         "Nothing: earlier results have the row as recorded."),
    Code("already_in_doubt", Status.DUPLICATE, "in doubt in results given with `--already`",
         "Look the row up in the vendor's dashboard, then `resolve` it in the earlier results."),
    Code("looks_recorded", Status.DUPLICATE, "nearly a row that is recorded or in doubt, in these results or in those "
         "of `--already`: same message, amount and type",
         "Leave the row out. If the dashboard shows it to be a further event, import it from a file of its own with a "
         "new name and --overlap allow, without --already."),
    Code("echo_mismatch", Status.IN_DOUBT, "the answer names another message or amount",
         "The answer named another row or amount: look the row up in the vendor's dashboard (by its revenue id, if it "
         "has one), then use `resolve`."),
    Code("unreadable_answer", Status.IN_DOUBT, "a success that cannot be believed: empty, cut off, no `revenue_id`",
         _LOOK_UP),
    Code("timeout", Status.IN_DOUBT, "sent, and no answer in time",
         "Look the row up in the vendor's dashboard, then use `resolve`; a longer --timeout may prevent more."),
    Code("connection_lost", Status.IN_DOUBT, "sent, and the connection broke",
         _LOOK_UP),
    Code("interrupted", Status.IN_DOUBT, "the program was killed, or interrupted twice, before the answer",
         "The run ended in mid-row: look it up in the vendor's dashboard, then use `resolve`."),
    Code("resolved_recorded", Status.RECORDED, "a person's verdict (`resolve`)",
         "Nothing: a person found the row recorded."),
    Code("resolved_not_recorded", Status.PENDING, "the other verdict; the row is `pending`",
         "Run the same import again: a person found the row not recorded, so it is posted then."),
    Code("message_not_found", Status.REJECTED, _APIS_WORD,
         "Check that the ids are of this account's messages, and that their column is the right one."),
    Code("offer_not_found", Status.REJECTED, _APIS_WORD,
         "Check the offer ids in the account; archived offers count as offers."),
    Code("contact_not_found", Status.REJECTED, _APIS_WORD,
         "The message's contact is gone: ask the vendor's support."),
)  # fmt: skip
"""The codes that have a remedy of their own, whatever the status."""

_FAILED = Code(
    "server_error", Status.FAILED, "the API's own word that it failed, each time",
    "Run the same command again later: nothing of these rows was recorded.",
    ", `internal_error`, `save_error`",
)  # fmt: skip
_TURNED_AWAY = Code(
    "http_404", Status.FAILED, "a gateway refused the row before the API saw it, each time",
    "Something on the way to the API refused these rows before it saw them: find out what (the message quotes it), "
    "then run the same command again.",
    " and other `http_4…`, when the status is `failed`",
)  # fmt: skip
_LOST = Code(
    "http_502", Status.IN_DOUBT, "a gateway answered instead of the API, perhaps after the row was stored",
    _LOOK_UP,
    " and other `http_5…`, `http_408`",
)  # fmt: skip
_UNSENT = Code(
    "unreachable", Status.PENDING, "the row was not sent, or not taken, when the run stopped",
    "Put right why the run stopped, then run the same command again: nothing of these rows was recorded.",
    ", `certificate`, `proxy_refused` and every other code, when the status is `pending`",
)  # fmt: skip
_REFUSED = Code(
    "http_422", Status.REJECTED, "the API refused the row",
    "The API refused these rows: fix what its message says (--rejects writes them to a file), and run again.",
    " and other codes",
)  # fmt: skip
OTHER_CODES = (_FAILED, _TURNED_AWAY, _LOST, _UNSENT, _REFUSED)
"""One code for each group of those that cannot be listed, as the API and gateways make them up."""

_WORDS = {
    "ragged_row": "Wrong number of cells",
    "echo_mismatch": "The answer names another row",
    "numeric_message_id": "Message id is a number",
    "total_row": "Line that sums up others",
    "negative_revenue": "Refund (negative revenue)",
    "resolved_not_recorded": "Found not recorded",
    "looks_recorded": "Looks recorded already",
    "duplicate_row": "Equal to an earlier row",
    "timeout": "No answer in time",
}

_REMEDIES = {code.word: code.remedy for code in CODES}
_LEFT_OUT = "Nothing: the row is left out knowingly, with --duplicates skip."


def words(code: str) -> str:
    """Return what a code says in words, as a heading; the API's own codes are made readable alike."""
    return _WORDS.get(code) or (code[:1].upper() + code[1:].replace("_", " ")).replace("Http ", "HTTP ")


FURTHER = {
    f"; {one.word}: ": f"; also {words(one.word).lower()} [{one.word}]: "
    for one in CODES
    if one.status is Status.INVALID
}
"""How a further rule that a row breaks stands in its reason, behind the first, and how a person reads it."""


def told(reason: str, code: str) -> str:
    """Return a row's reason as a person reads it beside its code: without that, and further codes in words."""
    text = reason.removeprefix(f"{code}: ")
    if "; " in text:
        for written, read in FURTHER.items():
            text = text.replace(written, read)
    return text


def remedy(code: str, status: Status | None = None, *, equals_decided: bool = False) -> str:
    """Return one sentence that says what to do about rows with this code and, where it is known, status.

    `equals_decided`: that equal rows are left out was a person's choice.
    """
    if equals_decided and code == "duplicate_row":
        return _LEFT_OUT
    return _REMEDIES.get(code) or _group(code, status).remedy


def _group(code: str, status: Status | None) -> Code:
    if status is Status.PENDING:
        return _UNSENT
    if status is Status.FAILED:
        return _TURNED_AWAY if code.startswith("http_4") else _FAILED
    if status is Status.IN_DOUBT or code.startswith("http_5"):
        return _LOST
    return _REFUSED
