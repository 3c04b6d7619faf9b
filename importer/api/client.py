"""One request to the API: from a row, or a batch of them, to its outcome."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import httpx

from importer.api.bulk import bulk_body, outcomes_of
from importer.api.environment import environment_proxy
from importer.api.meaning import outcome_of
from importer.api.outcome import Outcome, OutcomeKind, clean
from importer.api.wire import AnswerLost, Body, NeverSent, Opener, Transport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.api.wire import MakesOpener

_ANSWER_MAX_BYTES = 1024 * 1024
# The transport has the headers of all requests; an empty list is copied, which costs less than to make one of nothing.
_NO_MORE_HEADERS = httpx.Headers()
_log = logging.getLogger(__name__)


Answered = tuple[int, httpx.Headers, Body]
"""Status, headers and body of a whole answer; of a plain success no headers."""


class Client:
    """Posts revenue events to one base URL with one key; the key goes nowhere else.

    Args:
        base_url: everything before `/v2/revenue`.
        api_key: goes with every request, and is taken out of whatever the API says.
        timeout_s: the total for one request, in seconds.
        make_opener: makes what opens connections to one place.

    Raises:
        SettingsError: the environment names a proxy that cannot be used.
    """

    def __init__(self, base_url: str, api_key: str, *, timeout_s: float, make_opener: MakesOpener = Opener) -> None:
        proxy = environment_proxy(base_url)
        _name_the_way(base_url, proxy)
        self._api_key = api_key
        self._revenue_url = httpx.URL(base_url + "/v2/revenue")
        self._bulk_url = httpx.URL(base_url + "/v2/revenue/bulk")
        self._offers_url = httpx.URL(base_url + "/v2/offers")
        self._transport = Transport(
            timeout_s=timeout_s,
            body_max=_ANSWER_MAX_BYTES,
            proxy=proxy,
            headers=_headers(api_key),
            make_opener=make_opener,
        )

    async def post(self, body: str, message_id: str, revenue: str) -> Outcome:
        """Post one row; `revenue` is the text of the number in `body`. Never raises for anything the wire does."""
        answer = await self._exchange(self._revenue_url, body.encode())
        if isinstance(answer, Outcome):
            return answer
        return outcome_of(*answer, message_id, revenue, secret=self._api_key)

    async def post_bulk(self, bodies: Sequence[str], revenues: Sequence[str]) -> Sequence[Outcome]:
        """Post several rows in one request; returns the outcome of each, in order. Raises as little as `post`."""
        answer = await self._exchange(self._bulk_url, bulk_body(bodies))
        if isinstance(answer, Outcome):
            return [answer] * len(bodies)
        return outcomes_of(*answer, revenues, secret=self._api_key)

    async def get_offers(self, query: str) -> Outcome | Answered:
        """A page of the account's offers, or the outcome of a request that got none. Raises as little as `post`."""
        return await self._exchange(self._offers_url.copy_with(query=query.encode()), b"", method="GET")

    async def _exchange(self, url: httpx.URL, body: bytes, *, method: str = "POST") -> Outcome | Answered:
        """A whole answer, or the outcome of a request that got none."""
        try:
            response = await self._transport.handle_async_request(_request(method, url, body))
        except NeverSent as error:
            code = "certificate" if error.certificate else "proxy_refused" if error.proxy_refused else "unreachable"
            return Outcome(OutcomeKind.NEVER_SENT, code, self._told(error), stops=code != "unreachable")
        except AnswerLost as error:
            code = "interrupted" if error.cut_short else "timeout" if error.timed_out else "connection_lost"
            return Outcome(OutcomeKind.IN_DOUBT, code, self._told(error))
        content = response.stream
        assert isinstance(content, Body)
        return response.status_code, response.headers, content

    def _told(self, error: Exception) -> str:
        return clean(str(error), secret=self._api_key)

    async def is_answering(self) -> bool:
        """Whether the API answers a request that risks no money with anything below 500."""
        request = _request("GET", self._offers_url.copy_with(query=b"per_page=1"), b"")
        try:
            return (await self._transport.handle_async_request(request)).status_code < 500
        except (NeverSent, AnswerLost):
            return False

    def cut_short(self) -> None:
        """End every request that is under way now, as if its deadline had passed; let no other one begin."""
        self._transport.cut_short()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()


def _request(method: str, url: httpx.URL, body: bytes) -> httpx.Request:
    return httpx.Request(method, url, headers=_NO_MORE_HEADERS, stream=httpx.ByteStream(body))


def _headers(api_key: str) -> dict[str, str]:
    """The headers of every request; the transport sends them, to the base URL only."""
    return {
        "X-Api-Key": api_key,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "revenue-importer",
    }


def _name_the_way(base_url: str, proxy: str | None) -> None:
    """Say under `--debug` what of the environment is used on the way to the API, without a proxy's password."""
    if proxy:
        _log.debug("proxy: %s", proxy.rpartition("://")[2].rpartition("@")[2])
    if base_url.startswith("https:"):
        named = [f"{name}={os.environ[name]}" for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)]
        _log.debug("certificates: %s", ", ".join(named) or "those of this machine")
