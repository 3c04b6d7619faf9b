"""How an attempt ended: the kinds of outcomes, and the evidence that is kept of one."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

TEXT_MAX = 300
CODE_MAX = 64
_HIDDEN = "[key]"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class OutcomeKind(Enum):
    """What an attempt's outcome says about its row."""

    RECORDED = "recorded"
    REJECTED = "rejected"
    IN_DOUBT = "in doubt"
    TRANSIENT = "certainly not recorded; try again"
    THROTTLED = "not processed; try again later"
    TURNED_AWAY = "refused by a gateway before the API saw it"
    TOO_LARGE = "refused for its size; nothing of it was stored"
    NEVER_SENT = "not one byte left"
    STOP = "nothing more may be sent: key, account or address"


class Outcome(NamedTuple):
    """How one attempt ended: what that means for its row, and the evidence.

    `retry_after_s` is what we were told to wait; `stops` that nothing more may be sent, whatever became of this row.
    """

    kind: OutcomeKind
    code: str | None = None
    text: str | None = None
    http_status: int | None = None
    revenue_id: str | None = None
    retry_after_s: float | None = None
    warning: str | None = None
    stops: bool = False


# A key of fewer characters behind its prefix may be a word that is none.
_TELLING = 16


def clean(text: str, limit: int = TEXT_MAX, *, secret: str = "") -> str:
    """Text from outside, made fit for one line of a file or a terminal: no control characters, not too long.

    `secret` is taken out before the text is cut to length, or half of it could remain; in capitals too, and without the
    prefix that all keys have.
    """
    if secret:
        text = re.sub(re.escape(secret), _HIDDEN, text, flags=re.IGNORECASE)
        bare = secret.removeprefix("trk_")
        if len(bare) >= _TELLING:
            text = re.sub(re.escape(bare), _HIDDEN, text, flags=re.IGNORECASE)
    text = _CONTROL.sub(" ", text[: limit * 4]).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"
