"""Why a run ends early, in sentences that say what to do: what the ends of attempts say of key, account and address."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.api import OutcomeKind
from importer.send.entrance import Stop

if TYPE_CHECKING:
    from importer.api import Outcome

_PROXY = (
    "If HTTPS_PROXY (or HTTP_PROXY, ALL_PROXY) names it, put its name and password into that URL, as in "
    "http://name:password@proxy:3128, or name the API's host in NO_PROXY; otherwise ask whoever runs it to let that "
    "host through. Then run the same command again."
)
MISTAKE = Stop("mistake", "Something unforeseen happened; see the message below.")


def refusal(outcome: Outcome) -> Stop:
    """The API, or something on the way to it, wants nothing more of this run (401 to 405, 407, 3xx)."""
    status = outcome.http_status or 0
    said, again = _said(outcome), "then run the same command again."
    where = f"{status}" if outcome.code in (None, f"http_{status}") else f"{status} {outcome.code}"
    if status == 401:
        return Stop("key_refused", f"The API refused the key ({where}).{said} Check the key, {again}")
    if status == 403 and outcome.kind is OutcomeKind.IN_DOUBT:
        return Stop(
            "account_refused",
            f"A page, not the API, says that this is forbidden ({where}).{said} A filter on the way may say so after "
            "the API stored the row, so that row is in doubt: look it up in the vendor's dashboard. Ask whoever runs "
            f"the filter to let these requests through, {again}",
        )
    if status in (402, 403):
        return Stop("account_refused", f"The API refused the account ({where}).{said} Settle that, {again}")
    if status == 407:
        return Stop("proxy_refused", f"The proxy on the way to the API refused ({where}).{said} {_PROXY}")
    if 300 <= status <= 399:
        doubt = " The row may have been stored before that: look it up in the dashboard." if status == 303 else ""
        return Stop(
            "wrong_url",
            f"The API is not at this address: it answers with a redirect ({where}), which is not followed.{said}"
            f"{doubt} Check --base-url, {again}",
        )
    return Stop("wrong_url", f"The API was not found at this address ({where}).{said} Check --base-url, {again}")


def turned_away(outcome: Outcome) -> Stop:
    """A 4xx that is not the API's, before anything was recorded: a gateway wants no such request at all."""
    return Stop(
        "gateway_refused",
        f"Something on the way to the API refused the request (HTTP {outcome.http_status}), in words that are not "
        f"the API's.{_said(outcome)} No row was stored. Check --base-url, and what stands between this computer and "
        "the API (a proxy, a firewall, a client certificate that is asked for), then run the same command again.",
    )


def no_way(outcome: Outcome) -> Stop:
    """Nothing was sent, and to try again would change nothing: a certificate that is not trusted, a proxy's no."""
    if outcome.code == "proxy_refused":
        return Stop("proxy_refused", f"Nothing was sent: {outcome.text}. {_PROXY}")
    return Stop(
        "certificate",
        f"The certificate of the API is not trusted here ({outcome.text}). Nothing was sent. Check the URL, or name "
        "your company's certificates in SSL_CERT_FILE.",
    )


def told_to_wait(seconds: float) -> Stop:
    """The API asks for a longer wait than the run may last."""
    until = datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Stop("throttled", f"The API asks to wait until {until}. Run the same command again after that.")


def starved(seconds: float) -> Stop:
    """For too long the API has answered nothing but 429."""
    return Stop(
        "throttled",
        f"For {seconds:.0f} s the API has answered nothing but 'too many requests'. Run the same command again later "
        "to continue.",
    )


def _said(outcome: Outcome) -> str:
    return f" It said: {outcome.text.rstrip('.')}." if outcome.text else ""
