"""Why a run ends early, in sentences that say what to do: what the ends of attempts say of key, account and address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.gate import Stop

if TYPE_CHECKING:
    from importer.client import End

MISTAKE = Stop("mistake", "Something unforeseen happened; see the message below.")


def refusal(end: End) -> Stop:
    """The API, or something on the way to it, wants nothing more of this run (401, 402, 403, 404, 405, 407, 3xx)."""
    said = f" It said: {end.text}." if end.text else ""
    status, again = end.http_status or 0, "then run the same command again."
    where = f"{status}" if end.code in (None, f"http_{status}") else f"{status} {end.code}"
    if status == 401:
        return Stop("key_refused", f"The API refused the key ({where}).{said} Check the key, {again}")
    if status in (402, 403):
        return Stop("account_refused", f"The API refused the account ({where}).{said} Settle that, {again}")
    if status == 407:
        return Stop(
            "proxy_refused",
            f"The proxy on the way to the API wants a name and a password ({where}).{said} Put them into the proxy's "
            f"URL in the environment, {again}",
        )
    if 300 <= status <= 399:
        return Stop(
            "wrong_url",
            f"The API is not at this address: it answers with a redirect ({where}), which is not followed.{said} Check "
            f"--base-url, {again}",
        )
    return Stop("wrong_url", f"The API was not found at this address ({where}).{said} Check --base-url, {again}")


def untrusted(end: End) -> Stop:
    """The server showed a certificate that is not trusted."""
    return Stop(
        "certificate",
        f"The certificate of the API is not trusted here ({end.text}). Nothing was sent. Check the URL, or name your "
        "company's certificates in SSL_CERT_FILE.",
    )


def told_to_wait(until: str) -> Stop:
    """The API asks for a longer wait than the run may last."""
    return Stop("throttled", f"The API asks to wait until {until}. Run the same command again after that.")


def starved(seconds: float) -> Stop:
    """For too long the API has answered nothing but 429."""
    return Stop(
        "throttled",
        f"For {seconds:.0f} s the API has answered nothing but 'too many requests'. Run the same command again later "
        "to continue.",
    )
