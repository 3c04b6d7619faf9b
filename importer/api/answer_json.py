"""What an answer says: its JSON, the words of an error, an amount beside the one that was sent."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from importer.api.outcome import clean

if TYPE_CHECKING:
    from importer.api.wire import Body

HALF_A_CENT = Decimal("0.005")
_LOOKS_LIKE_A_CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


# The form of the vendor's documentation, with or without spaces, where nothing in it needs a second look.
_WORD = rb'"([\x21\x23-\x5b\x5d-\x7e]{1,128})"'
_DOCUMENTED = re.compile(
    rb'\{"success": ?true, ?"revenue_id": ?%b, ?"message_id": ?%b, ?"revenue": ?((?:0|[1-9][0-9]*)(?:\.[0-9]+)?)\}'
    % (_WORD, _WORD)
)


def recorded_id(body: Body, message_id: str, revenue: str) -> str | None:
    """The `revenue_id` of an answer in the documented form that repeats exactly what was sent; None of any other.

    What the strict way below finds of such an answer, at a fifth of the price: it is what nearly every row gets. As it
    names its row, it is believed where another answer came with it, too.
    """
    found = None if body.truncated else _DOCUMENTED.fullmatch(body.data)
    if found is None:
        return None
    revenue_id, echoed_id, echoed_revenue = found.groups()
    if echoed_id != message_id.encode() or _shortest(echoed_revenue.decode()) != _shortest(revenue):
        return None
    return str(revenue_id, "ascii")


def _shortest(number: str) -> str:
    """Without the zeros at its end that say nothing."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def difference(echoed: object, sent: str) -> Decimal | None:
    """How far a number of an answer is from the text that was sent; None where it is no number."""
    if isinstance(echoed, bool) or not isinstance(echoed, int | Decimal | str):
        return None
    try:
        value = Decimal(echoed)
        return abs(value - Decimal(sent)) if value.is_finite() else None
    except (ArithmeticError, ValueError):
        return None


def is_api_json(answer: object) -> bool:
    """A JSON object with a string in `error` or `code`: the application's own word."""
    return isinstance(answer, dict) and any(isinstance(answer.get(key), str) for key in ("error", "code"))


def error_code(status: int, answer: object) -> tuple[str, str | None]:
    """The machine word and the human text of an error: `code`, else `error_code`, `error.code`, `error`, the status."""
    fallback = f"http_{status}"
    if not isinstance(answer, dict):
        return fallback, None
    error = answer.get("error")
    nested = error.get("code") if isinstance(error, dict) else None
    spoken = error if isinstance(error, str) and _LOOKS_LIKE_A_CODE.fullmatch(error) else None
    code = _first_text(answer.get("code"), answer.get("error_code"), nested, spoken) or fallback
    words = error.get("message") if isinstance(error, dict) else error
    return code, _first_text(words, answer.get("message"))


def _first_text(*candidates: object) -> str | None:
    return next((text.strip() for text in candidates if isinstance(text, str) and clean(text)), None)


def parsed(body: Body) -> object:
    """The JSON of an answer, or None. Strict: UTF-8, no NaN, no doubled keys, exact decimals, bounded depth."""
    if body.truncated or not body.data:
        return None
    try:
        return _STRICT.decode(body.data.decode())
    except (ValueError, RecursionError, ArithmeticError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("doubled keys")
    return result


# Made once: `json.loads` makes one anew for every call that wants anything special.
_STRICT = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_unique_keys)
