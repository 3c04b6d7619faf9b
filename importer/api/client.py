"""One request to the API: from a row, or a batch of them, to its outcome."""

from __future__ import annotations

import httpx

from importer.api.meaning import judge
from importer.api.outcome import HIDDEN, Outcome, OutcomeKind, clean
from importer.api.wire import AnswerLost, Body, NeverSent, Transport

ANSWER_MAX_BYTES = 1024 * 1024


Answer = tuple[int, httpx.Headers, Body]


def request_headers(api_key: str) -> dict[str, str]:
    """The headers of every request; the transport sends them, to the base URL only."""
    return {
        "X-Api-Key": api_key,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "revenue-importer",
    }


class Client:
    """Posts revenue events to one base URL with one key; the key goes nowhere else.

    Args:
        base_url: everything before `/v2/revenue`.
        api_key: taken out of whatever the API says; `request_headers` has it for the transport.
        transport: the wire, with these headers.
    """

    def __init__(self, base_url: str, api_key: str, transport: Transport) -> None:
        self._revenue_url = httpx.URL(base_url + "/v2/revenue")
        self._bulk_url = httpx.URL(base_url + "/v2/revenue/bulk")
        self._offers_url = httpx.URL(base_url + "/v2/offers?per_page=1")
        self._transport = transport
        self.api_key = api_key

    async def post(self, body: bytes, message_id: str, revenue: str) -> Outcome:
        """Post one row; `revenue` is the text of the number in `body`. Never raises for anything the wire does."""
        answer = await self._exchange(self._revenue_url, body)
        if isinstance(answer, Outcome):
            return answer
        status, headers, content = answer
        return judge(status, headers, content, message_id, revenue, secret=self.api_key)

    async def post_bulk(self, body: bytes) -> Outcome | Answer:
        """Post several rows at once; what a whole answer means for each of them is `bulk.judge_bulk`'s to say."""
        return await self._exchange(self._bulk_url, body)

    async def _exchange(self, url: httpx.URL, body: bytes) -> Outcome | Answer:
        request = httpx.Request("POST", url, stream=httpx.ByteStream(body))
        try:
            response = await self._transport.handle_async_request(request)
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
        return clean(str(error).replace(self.api_key, HIDDEN) if self.api_key else str(error))

    async def is_answering(self) -> bool:
        """Whether the API answers a request that risks no money with anything below 500."""
        request = httpx.Request("GET", self._offers_url, stream=httpx.ByteStream(b""))
        try:
            response = await self._transport.handle_async_request(request)
        except (NeverSent, AnswerLost):
            return False
        return response.status_code < 500

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()
