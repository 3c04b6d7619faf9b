"""The offers of the account: every page and every state of them, and a sentence where there is no such list."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import httpx
import pytest

from importer.api.offers import offers_of_account
from importer.api.outcome import Outcome, OutcomeKind
from importer.api.wire import Body
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = tuple[int, httpx.Headers, Body] | Outcome


class Account:
    """An API that answers with what it is told, and notes what it was asked."""

    def __init__(self, answer: Callable[[dict[str, str]], Answer]) -> None:
        self._answer = answer
        self.asked: list[dict[str, str]] = []

    async def get_offers(self, query: str) -> Answer:
        self.asked.append({name: values[-1] for name, values in parse_qs(query).items()})
        return self._answer(self.asked[-1])


def said(status: int, content: object, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return status, httpx.Headers(headers), Body(body)


def offers(answer: Callable[[dict[str, str]], Answer], attempts: int = 3) -> frozenset[str]:
    return asyncio.run(offers_of_account(Account(answer), attempts=attempts))


def page(query: dict[str, str], numbers: dict[str, int], *, told: bool) -> Answer:
    """A page of invented offers, so many of each status; `told`: it says how many pages there are."""
    status, number, size = query.get("status", "active"), int(query["page"]), int(query["per_page"])
    every = [{"id": f"{status}{i:021}", "external_id": f"{status}-{i}"} for i in range(numbers.get(status, 0))]
    pages = (
        {"pagination": {"page": number, "per_page": size, "total": len(every), "total_pages": -(-len(every) // size)}}
        if told
        else {}
    )
    return said(200, {"offers": every[(number - 1) * size : number * size], **pages})


@pytest.mark.parametrize("told", [True, False])
def test_every_page_of_every_state(told: bool) -> None:
    """Active, paused and archived offers, by both names, whether or not the API counts its pages."""
    numbers = {"active": 205, "paused": 100, "archived": 3}
    found = offers(lambda query: page(query, numbers, told=told))
    assert found >= {"active-0", "active-204", "paused-99", "archived-2", f"archived{2:021}"}
    assert len(found) == 2 * sum(numbers.values())


def test_names_that_are_none() -> None:
    """A number is its digits; an offer without an external id has one name."""
    answer = {"offers": [{"id": "a", "external_id": None}, {"id": 17, "external_id": 4521}, {"name": "x"}, None]}
    assert offers(lambda _: said(200, answer)) == {"a", "17", "4521"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            said(404, {"error": "Not found", "code": "not_found"}),
            r"no list of offers .* \(HTTP 404, not_found: Not found",
        ),
        (said(404, b"<html><title>Nothing</title></html>"), r"no list of offers .* \(HTTP 404\)"),
        (said(302, b"", location="https://elsewhere/"), r"no list of offers .* \(HTTP 302\)"),
        (said(200, b"<html>"), r"no list of offers .* \(HTTP 200\)"),
        (said(200, {"data": []}), r"no list of offers"),
        (said(401, {"error": "Bad key", "code": "invalid_api_key"}), r"refused to list .* \(HTTP 401, invalid_api_key"),
        (said(403, {"error": "Account is suspended"}), r"refused to list .* \(HTTP 403: Account is suspended"),
        (Outcome(OutcomeKind.NEVER_SENT, "certificate", "not trusted", stops=True), "could not be had .*: not trusted"),
    ],
)
def test_no_list_is_a_sentence(answer: Answer, sentence: str) -> None:
    """It says what came, that nothing was posted, and does not ask twice what will not change."""
    account = Account(lambda _: answer)
    with pytest.raises(SettingsError, match=sentence) as refused:
        asyncio.run(offers_of_account(account, attempts=3))
    assert "Nothing was posted." in str(refused.value)
    assert len(account.asked) == 1


@pytest.mark.parametrize(
    "failure", [said(503, b"busy"), said(429, {}), Outcome(OutcomeKind.IN_DOUBT, "timeout", "late")]
)
def test_it_is_asked_again(failure: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask risks no money."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("importer.api.offers.asyncio.sleep", wait)
    answers = iter([failure, said(200, {"offers": [{"id": "a"}]})])
    assert offers(lambda _: next(answers, said(200, {"offers": []}))) == {"a"}
    with pytest.raises(SettingsError, match="could not be had"):
        offers(lambda _: failure)
    assert waits == [1.0, 1.0, 2.0]


def paged(query: dict[str, str], ids: range, **pagination: int) -> Answer:
    listed = [{"id": f"{i:024}", "external_id": str(i)} for i in ids]
    return said(200, {"offers": listed, "pagination": {"page": int(query["page"]), "per_page": 100, **pagination}})


@pytest.mark.parametrize(
    ("answer", "sentence", "requests"),
    [
        (lambda q: paged(q, range(1), total=10**8, total_pages=10**6), "page 2 brings no other offers", 2),
        (lambda q: paged(q, range(100)), "page 2 brings no other offers", 2),
        (lambda q: paged(q, range(int(q["page"]), int(q["page"]) + 1), total=3, total_pages=9), "3 offers, 1 on a", 1),
        (lambda q: paged(q, range(1), total=231, total_pages=1), "there are 231 offers, and names 1", 1),
        (lambda q: paged(q, range(0), total=3, total_pages=1), "there are 3 offers, and names 0", 1),
        (lambda q: paged(q, range(int(q["page"]) * 50, int(q["page"]) * 50 + 100), total=200, total_pages=2),
         "there are 200 offers, and names 150", 2),
        (lambda q: paged(q, range(100 if q["page"] == "1" else 0), total_pages=5), "page 2 brings no other", 2),
        (lambda _: said(200, {"offers": []}), "names no offer, and does not say that there is none", 3),
    ],
)  # fmt: skip
def test_a_list_that_contradicts_itself_is_not_believed(
    answer: Callable[[dict[str, str]], Answer], sentence: str, requests: int
) -> None:
    """It ends with a sentence, and soon: rows are not called unknown on the word of such a list."""
    account = Account(answer)
    with pytest.raises(SettingsError, match=sentence) as refused:
        asyncio.run(offers_of_account(account, attempts=3))
    assert "Nothing was posted" in str(refused.value)
    assert len(account.asked) == requests


def test_an_endless_list_of_new_offers_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each page brings others, and none says how many there are."""
    monkeypatch.setattr("importer.api.offers._MOST_PAGES", 5)
    account = Account(lambda q: paged(q, range(int(q["page"]), int(q["page"]) + 1), total_pages=10**6))
    with pytest.raises(SettingsError, match="more than 5 pages"):
        asyncio.run(offers_of_account(account, attempts=3))
    assert [query["page"] for query in account.asked] == ["1", "2", "3", "4", "5"]


def test_an_account_without_offers() -> None:
    """The API says so: every offer is unknown."""
    assert offers(lambda q: paged(q, range(0), total=0, total_pages=0)) == frozenset()
