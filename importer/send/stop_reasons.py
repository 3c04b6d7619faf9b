"""Why a run ends early, in sentences that say what to do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer.api import OutcomeKind

if TYPE_CHECKING:
    from importer.api import Outcome


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ends early: a machine word, a sentence with what to do, and the exit status."""

    word: str
    sentence: str
    exit_status: int = 3


MISTAKE = Stop("mistake", "Something unforeseen happened; see the message below.")
OUTAGE = Stop("outage", "The API lost answers and does not come back. Run the same command again to continue.")

_THEN_AGAIN = "then run the same command again."
_PROXY = (
    "If HTTPS_PROXY (or HTTP_PROXY, ALL_PROXY) names it, put its name and password into that URL, as in "
    "http://name:password@proxy:3128, or name the API's host in NO_PROXY; otherwise ask whoever runs it to let that "
    "host through. Then run the same command again."
)

# -- key, account and address ------------------------------------------------------------------------------------------


def refusal(outcome: Outcome) -> Stop:
    """The API, or something on the way to it, wants nothing more of this run (401 to 405, 407, 3xx)."""
    status = outcome.http_status or 0
    where = f"{status}" if outcome.code in (None, f"http_{status}") else f"{status} {outcome.code}"
    said = _it_said(outcome)
    if status == 401:
        return Stop("key_refused", f"The API refused the key ({where}).{said} Check the key, {_THEN_AGAIN}")
    if status == 403 and outcome.kind is OutcomeKind.IN_DOUBT:
        return Stop(
            "account_refused",
            f"A page, not the API, says that this is forbidden ({where}).{said} A filter on the way may say so after "
            "the API stored the row, so that row is in doubt: look it up in the vendor's dashboard. Ask whoever runs "
            f"the filter to let these requests through, {_THEN_AGAIN}",
        )
    if status in (402, 403):
        return Stop("account_refused", f"The API refused the account ({where}).{said} Settle that, {_THEN_AGAIN}")
    if status == 407:
        return Stop("proxy_refused", f"The proxy on the way to the API refused ({where}).{said} {_PROXY}")
    if 300 <= status <= 399:
        doubt = " The row may have been stored before that: look it up in the dashboard." if status == 303 else ""
        return Stop(
            "wrong_url",
            f"The API is not at this address: it answers with a redirect ({where}), which is not followed.{said}"
            f"{doubt} Check --base-url, {_THEN_AGAIN}",
        )
    return Stop("wrong_url", f"The API was not found at this address ({where}).{said} Check --base-url, {_THEN_AGAIN}")


def turned_away(outcome: Outcome) -> Stop:
    """A 4xx that is not the API's, before anything was recorded: a gateway wants no such request at all."""
    return Stop(
        "gateway_refused",
        f"Something on the way to the API refused the request (HTTP {outcome.http_status}), in words that are not "
        f"the API's.{_it_said(outcome)} No row was stored. Check --base-url, and what stands between this computer "
        f"and the API (a proxy, a firewall, a client certificate that is asked for), {_THEN_AGAIN}",
    )


_UNKNOWN_AUTHORITY = (
    "Check the URL, or name your company's certificates in SSL_CERT_FILE; if that is done, ask whoever runs that host "
    "to send its intermediate certificates, too."
)
# What OpenSSL says; other libraries of certificates have other words, and get the advice that most need.
_OF_CERTIFICATES = {
    "has expired": "Check the date of this computer; if it is right, ask whoever runs that host to renew it.",
    "not yet valid": "Check the date of this computer.",
    "mismatch": "It is another host's: check the host name in --base-url.",
    "too weak": "Ask whoever runs that host for one with a stronger key.",
}


def no_way(outcome: Outcome) -> Stop:
    """Nothing was sent, and to try again would change nothing: a certificate that is not trusted, a proxy's no."""
    if outcome.code == "proxy_refused":
        return Stop("proxy_refused", f"Nothing was sent: {outcome.text}. {_PROXY}")
    text = outcome.text or ""
    if "alert" in text:
        return Stop(
            "certificate",
            f"The API asks for a client certificate, and this program has none ({text}). Nothing was sent. Ask whoever "
            "runs that host for an address without one.",
        )
    advice = next((advice for words, advice in _OF_CERTIFICATES.items() if words in text), _UNKNOWN_AUTHORITY)
    return Stop("certificate", f"The certificate of the API is not trusted here ({text}). Nothing was sent. {advice}")


def _it_said(outcome: Outcome) -> str:
    return f" It said: {outcome.text.rstrip('.')}." if outcome.text else ""


# -- waiting that would take too long ----------------------------------------------------------------------------------


def unreachable(why: str) -> Stop:
    """For too long nothing could be sent."""
    return Stop("unreachable", f"The API cannot be reached: {why}. Run the same command again to continue.")


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


# -- rows that end badly -----------------------------------------------------------------------------------------------

ON_PROBATION = "The run before this one stopped for rows in doubt, and this one lost an answer"
SLOWER_AS_WELL = "More than a quarter of the last 100 requests ended in doubt, slower as well"
AGAIN_AND_AGAIN = "For the fifth time within five minutes, answers were lost in a row"


def doubts(what: str, why: str) -> Stop:
    """Answers are lost in a way that is no accident: `what` is one of the three above, `why` the last one in words."""
    said = f" ({why})" if why else ""
    return Stop(
        "doubts",
        f"{what}{said}. Look the rows in doubt up in the vendor's dashboard, and find out what loses answers on the "
        "way to the API, before you run the same command again: it begins with one row.",
    )


def too_many_failures(rows: int, word: str) -> Stop:
    """So many rows in a row ended badly, the last one as `word` says."""
    return Stop(
        "too_many_failures",
        f"{rows} rows in a row ended badly (the last one {word}). Look at error_code and error_message of these rows "
        "in the results before you run the same command again.",
    )


# -- this computer -----------------------------------------------------------------------------------------------------


def interrupted(exit_status: int) -> Stop:
    """A person, or the system, told the run to stop."""
    return Stop("interrupted", "Interrupted. Run the same command again to continue.", exit_status)


def disk(error: Exception) -> Stop:
    """The journal could not be written."""
    return Stop("disk", str(error))


def unforeseen(error: BaseException) -> Stop:
    """A mistake of the program's own in what nobody waits for."""
    return Stop("mistake", f"Something unforeseen happened ({error!r}).")
