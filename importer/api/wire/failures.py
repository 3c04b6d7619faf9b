"""What went wrong on the wire, in the words of a user: from an exception's facts, where it has any."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

_PASSWORD = re.compile(r"//[^/@\s]*@")
_TLS_ALERT = re.compile(r"\[SSL: (\w+)\]")
_NO_SUCH_NAME = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}
_CUT = "connection closed before the answer was whole"
_CUTS = {
    errno.ECONNRESET: "connection reset before the answer was whole",
    errno.EPIPE: _CUT,
    errno.ECONNABORTED: _CUT,
}


def describe(error: BaseException) -> str:
    """One line: the facts, or else the first line of what the library says; never the password of a proxy."""
    text = _from_facts(error) or str(error) or type(error).__name__
    return _PASSWORD.sub("//", text.splitlines()[0])


def _from_facts(error: BaseException) -> str | None:
    if isinstance(error, aiohttp.ClientConnectorError):
        return _not_connected(error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refused ({error.status} {error.message})"
    if isinstance(error, aiohttp.ClientResponseError):  # the library reads no other answer than that to CONNECT
        return "what the proxy answered is not HTTP"
    if isinstance(error, HttpProcessingError):
        return f"not HTTP: {error.message.splitlines()[0].rstrip(':')}"
    if isinstance(error, aiohttp.ServerDisconnectedError) or _is_half_an_answer(error):
        return _CUT
    return _of_tls(error) or _of_the_system(error) if isinstance(error, OSError) else None


def _of_tls(error: OSError) -> str | None:
    """TLS that was broken off after the handshake, where TLS 1.3 asks for certificates; its numbers are its own."""
    alert = _TLS_ALERT.search(str(error))
    if alert is None:
        return None
    asks = "; the server asks for a client certificate" if "CERTIFICATE" in alert[1] else ""
    return f"TLS was broken off ({alert[1].replace('_', ' ').lower()}){asks}"


def _not_connected(error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        if cause.errno in _NO_SUCH_NAME:
            return f"host name not found: {error.host}"
        return f"host name {error.host} could not be looked up" + (f" ({cause.strerror})" if cause.strerror else "")
    where = f"[{error.host}]:{error.port}" if ":" in error.host else f"{error.host}:{error.port}"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        where = f"the proxy {where}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"{where}: {(cause.verify_message or str(cause)).rstrip('.')}"
    if isinstance(cause, ssl.SSLError):
        return f"no TLS with {where} ({(cause.reason or 'handshake failed').replace('_', ' ').lower()})"
    if isinstance(cause, ConnectionRefusedError):
        return f"connection refused by {where}"
    if isinstance(cause, ConnectionError):
        return f"connection closed by {where}"
    if isinstance(cause, TimeoutError):
        return f"no answer from {where}"
    return f"no connection to {where}" + (f" ({os.strerror(cause.errno)})" if cause.errno else "")


def _is_half_an_answer(error: BaseException) -> bool:
    return isinstance(error, aiohttp.ClientPayloadError) and isinstance(error.__cause__, HttpProcessingError)


def _of_the_system(error: OSError) -> str | None:
    if isinstance(error, ssl.SSLError) or not error.errno:  # whose numbers are not those of the system
        return None
    return _CUTS.get(error.errno) or os.strerror(error.errno)
