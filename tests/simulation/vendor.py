"""What becomes of each request: the answers of the API, those of gateways, none at all; and the ledger of the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulation.choices import Choices

_PAGE = b"<html><title>Bad gateway</title></html>"
_OWN = b'{"error":"saving failed","code":"server_error"}'
_GATEWAY = b'{"error":"socket hang up","code":"ECONNRESET"}'


class Fate(NamedTuple):
    """What becomes of a request: whether its rows are stored, and what comes back.

    `sure` says that an answer like this leaves no doubt whether the rows were stored; the first `refused` of a batch
    are not.
    """

    name: str
    stored: bool
    answer: bytes = b""
    sure: bool = False
    refused: int = 0
    lost: str = ""
    """`cut`: after some bytes of the answer; `closed`, `reset`: instead of it; `silent`: nothing ever comes."""


_CUT = Fate("cut on its way", stored=False, lost="reset")


class Posted(NamedTuple):
    """A request that began to leave, and its fate; `ids` are the messages of its rows."""

    ids: tuple[str, ...]
    fate: Fate

    @property
    def stored(self) -> tuple[str, ...]:
        """The messages of the rows that are stored, or will be."""
        return self.ids[self.fate.refused :] if self.fate.stored else ()


class Vendor:
    """Decides what becomes of requests, and remembers the rows that it stored, also those it stores later.

    Args:
        before: the requests of earlier runs.
    """

    def __init__(self, choices: Choices, before: Sequence[Posted] = ()) -> None:
        self.posted = list(before)
        self._choices = choices
        self._ids = 0

    def fate_of(self, body: bytes, weather: str, *, arrives: bool = True) -> Fate:
        """What becomes of a request to post; it is noted here."""
        said = json.loads(body)
        records = said.get("records", [said])
        fate = self._fate(records, weather, is_bulk="records" in said) if arrives else _CUT
        self.posted.append(Posted(tuple(record["message_id"] for record in records), fate))
        return fate

    def was_not_heard(self, number: int) -> None:
        """The answer to that request did not get through, whatever it was."""
        posted = self.posted[number]
        self.posted[number] = posted._replace(fate=posted.fate._replace(sure=False))

    def _fate(self, records: Sequence[dict[str, object]], weather: str, *, is_bulk: bool) -> Fate:
        success = _answer(200, self._bulk_success(records) if is_bulk else self._success(records[0]))
        good = Fate("recorded", stored=True, answer=success, sure=True)
        if weather == "fine":
            return good
        stored = self._choices.chance(50)
        name = weather if weather in _LOSSES else self._choices.one_of(("recorded",) * 8 + _FATES)
        if name == "recorded":
            refused = self._choices.below(len(records) + 1) if is_bulk else 0
            return good if not refused else self._partly(records, refused)
        if name == "mixed up":
            other = _answer(200, self._success({"message_id": "zzzzzzzz", "revenue": 1}))
            return Fate(name, stored, other)
        if name in _LOSSES:
            return Fate(name, stored, success if stored else _answer(503, _PAGE), lost=_LOSSES[name])
        status, body, more, sure = _ANSWERS[name]
        if is_bulk and name == "own failure":
            sure = False  # of a batch that failed in the middle, some may be stored
        return Fate(name, stored and not sure, _answer(status, body, more), sure=sure)

    def _partly(self, records: Sequence[dict[str, object]], refused: int) -> Fate:
        answer = _answer(200, self._bulk_success(records[refused:], refused))
        return Fate("partly recorded", stored=True, answer=answer, sure=True, refused=refused)

    def _success(self, record: dict[str, object]) -> bytes:
        self._ids += 1
        told = {"success": True, "revenue_id": f"id{self._ids:06d}", "message_id": record["message_id"]}
        return json.dumps({**told, "revenue": record["revenue"]}).encode()

    def _bulk_success(self, records: Sequence[dict[str, object]], refused: int = 0) -> bytes:
        total = round(sum(float(str(record["revenue"])) for record in records), 2)
        errors = [{"index": index, "code": "message_not_found", "error": "no such message"} for index in range(refused)]
        counts = {"success_count": len(records), "error_count": refused, "total_revenue": total, "errors": errors}
        return json.dumps(counts).encode()


_ANSWERS = {
    "refused": (400, b'{"error":"no such message","code":"message_not_found"}', b"", True),
    "own failure": (500, _OWN, b"", True),
    "throttled": (429, b'{"error":"slow down"}', b"", True),
    "throttled, told": (429, b'{"error":"slow down"}', b"Retry-After: 2\r\n", True),
    "gateway 502": (502, _PAGE, b"", False),
    "gateway 503": (503, _PAGE, b"", False),
    "gateway 503, told to wait": (503, _PAGE, b"Retry-After: 3\r\n", False),
    "gateway 503 in the API's words": (503, _OWN, b"", False),
    "gateway 500 in JSON of its own": (500, _GATEWAY, b"", False),
    "200 with a page": (200, _PAGE, b"", False),
    "turned away": (400, _PAGE, b"", True),
    "account suspended": (403, b'{"error":"account is suspended"}', b"", True),
    "filter": (403, _PAGE, b"", False),
}
_LOSSES = {"cut": "cut", "closed": "closed", "reset": "reset", "silence": "silent"}
OUTAGES = ("cut", "closed", "reset", "silence")
"""What may become of every request while an outage lasts; some of them are stored all the same."""
_FATES = (*_ANSWERS, *_LOSSES, "mixed up", *[name for name in _ANSWERS if name.startswith("gateway")] * 2)


def _answer(status: int, body: bytes, more: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n" % (
        status,
        more,
        len(body),
    )
    return head + body
