"""The offers of the account, as the API lists them: active, paused and archived ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from importer.api.answer_json import error_code, parsed
from importer.api.outcome import Outcome
from importer.api.retry_after import told_to_wait
from importer.errors import SettingsError

if TYPE_CHECKING:
    from importer.api.client import Client

# The vendor lists archived offers only where they are asked for; what it does with paused ones is not written down.
_KINDS = ("", "&status=paused", "&status=archived")
_A_PAGE = 100
_MOST_PAGES = 10_000
_LONGEST_WAIT_S = 30.0
_NO_LIST = (
    "The API has no list of offers that can be read ({}), so that --check-offers cannot be kept. Nothing was posted. "
    "Leave the option out, or ask the vendor."
)


async def offers_of_account(client: Client, *, attempts: int) -> frozenset[str]:
    """Both names of every offer: the id of the API's own and the external one, as texts.

    Raises:
        SettingsError: the API has no such list, refuses it, lists what cannot be all of it, or cannot be reached in so
            many `attempts`.
    """
    names: set[str] = set()
    empty = True
    for kind in _KINDS:
        found, told_empty = await _every_page(client, kind, attempts)
        names |= found
        empty = empty and told_empty
    if not names and not empty:
        raise _incredible("it names no offer, and does not say that there is none")
    return frozenset(names)


async def _every_page(client: Client, kind: str, attempts: int) -> tuple[set[str], bool]:
    """The names on all pages of one state, and whether the API says that there are none."""
    names: set[str] = set()
    seen: set[str] = set()
    for page in range(1, _MOST_PAGES + 1):
        answer = await _page(client, f"page={page}&per_page={_A_PAGE}{kind}", attempts)
        new = {_identity(offer) for offer in answer["offers"]} - seen
        seen |= new
        names |= _names(answer["offers"])
        if page >= _pages(answer, page):
            return names, _told_empty(answer, len(seen))
        _check_more(answer, page, len(new))
    raise _incredible(f"it has more than {_MOST_PAGES:,} pages")


def _told_empty(answer: dict[str, Any], seen: int) -> bool:
    """Whether the API says that there are no offers. One that says more than the `seen` ones is not believed."""
    total = _number(answer, "total")
    if total is not None and seen < total:
        raise _incredible(f"it says that there are {total:,} offers, and names {seen:,}")
    return total == 0


def _check_more(answer: dict[str, Any], page: int, new: int) -> None:
    """Refuse a page that cannot have another behind it, as it says: that list would never end."""
    total, size = _number(answer, "total"), len(answer["offers"])
    pages = _pages(answer, page)
    if not new:
        raise _incredible(f"page {page:,} brings no other offers, and there are to be more pages")
    if total is not None and pages > -(-total // size):
        raise _incredible(f"it says that there are {total:,} offers, {size:,} on a page, and {pages:,} pages")


def _identity(offer: object) -> str:
    return repr((offer.get("id"), offer.get("external_id")) if isinstance(offer, dict) else offer)


def _incredible(why: str) -> SettingsError:
    return SettingsError(
        f"The API's list of offers for --check-offers cannot be believed: {why}. Nothing was posted: rows might be "
        "held for offers that the account has. Try again, leave the option out, or ask the vendor."
    )


def _names(offers: list[Any]) -> set[str]:
    named = [offer.get(key) for offer in offers if isinstance(offer, dict) for key in ("id", "external_id")]
    return {str(name) for name in named if isinstance(name, str | int) and str(name)}


def _pages(answer: dict[str, Any], page: int) -> int:
    """How many pages there are; where that is not said, a full one has another behind it."""
    told = _number(answer, "total_pages")
    return told if told is not None else page + (len(answer["offers"]) >= _A_PAGE)


def _number(answer: dict[str, Any], name: str) -> int | None:
    """What the answer says of its pages, if it does."""
    pagination = answer.get("pagination")
    told = pagination.get(name) if isinstance(pagination, dict) else None
    return told if isinstance(told, int) else None


async def _page(client: Client, query: str, attempts: int) -> dict[str, Any]:
    """One page, asked for again where the way, or the API, failed: to ask risks no money."""
    why = ""
    for attempt in range(1, attempts + 1):
        answer = await client.get_offers(query)
        wait_s = 2.0 ** (attempt - 1)
        if isinstance(answer, Outcome):
            why = answer.text or answer.code or "no answer"
            if answer.stops:
                break
        else:
            status, headers, body = answer
            content = parsed(body)
            if status < 500 and status not in (408, 429):
                return _believed(status, content)
            why = f"HTTP {status}"
            wait_s = told_to_wait(headers) or wait_s
        if attempt < attempts:
            await asyncio.sleep(min(wait_s, _LONGEST_WAIT_S))
    raise SettingsError(
        f"The list of offers could not be had for --check-offers: {why}. Nothing was posted. Try again."
    )


def _believed(status: int, content: object) -> dict[str, Any]:
    """The page that an answer is, if it is one; a redirect is not followed, the key goes nowhere else."""
    if 200 <= status < 300 and isinstance(content, dict) and isinstance(content.get("offers"), list):
        return content
    code, text = error_code(status, content)
    said = f"HTTP {status}" + (f", {code}" if code != f"http_{status}" else "") + (f": {text}" if text else "")
    if status in (401, 402, 403, 407):
        raise SettingsError(f"The API refused to list the offers for --check-offers ({said}). Nothing was posted.")
    raise SettingsError(_NO_LIST.format(said))
