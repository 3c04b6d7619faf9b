"""What went wrong on the wire: the two ends that an attempt without an answer has, and their words for a user."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl

_PASSWORD = re.compile(r"//[^/@\s]*@")
_TLS_ALERT = re.compile(r"\[SSL: (\w+)\]")
_NO_SUCH_NAME = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}
_TOO_OLD = ": it has no TLS from 1.2 on"
_REFUSES = ": it may ask for a client certificate, or for other ciphers"
_MEANING = {
    "sslv3 alert handshake failure": _REFUSES,
    "ssl/tls alert handshake failure": _REFUSES,
    "tlsv1 alert protocol version": _TOO_OLD,
    "unsupported protocol": _TOO_OLD,
    "wrong version number": ": it may speak plain HTTP there",
}
_CUT = "connection closed before the answer was whole"
_CUTS = {
    errno.ECONNRESET: "connection reset before the answer was whole",
    errno.EPIPE: _CUT,
    errno.ECONNABORTED: _CUT,
}


class NeverSent(Exception):  # noqa: N818 - an end that an attempt has
    """Not one byte of the request left this machine.

    `certificate` marks a server that cannot be trusted, `proxy_refused` a proxy that opens no way: to try again would
    change neither.
    """

    def __init__(self, message: str, *, certificate: bool = False, proxy_refused: bool = False) -> None:
        super().__init__(message)
        self.certificate = certificate
        self.proxy_refused = proxy_refused


class AnswerLost(Exception):  # noqa: N818 - the same
    """The request may have left and no whole answer came back; `timed_out` or `cut_short` when that is why."""

    def __init__(self, message: str, *, timed_out: bool = False, cut_short: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out
        self.cut_short = cut_short


class NotHttpError(Exception):
    """What came is not an answer that can be believed; the text says what is wrong with it."""


def cut() -> ConnectionError:
    """The other side closed the connection in the middle of an answer, or before it."""
    return ConnectionAbortedError(errno.ECONNABORTED, _CUT)


def is_no_such_name(error: OSError) -> bool:
    """Whether a resolver says that there is no such name, and not that it cannot tell."""
    return error.errno in _NO_SUCH_NAME


def not_found(host: str, error: OSError, *, whose: str = "host name") -> NeverSent:
    """A name that the resolver could not look up."""
    if is_no_such_name(error):
        return NeverSent(f"{whose} not found: {host}")
    return NeverSent(f"{whose} {host} could not be looked up" + (f" ({error.strerror})" if error.strerror else ""))


def not_connected(where: str, error: BaseException) -> NeverSent:
    """A connection to `where` that was not made, or on which no TLS began."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return NeverSent(f"{where}: {(error.verify_message or str(error)).rstrip('.')}", certificate=True)
    if isinstance(error, ssl.SSLError):
        why = (error.reason or "handshake failed").replace("_", " ").lower()
        return NeverSent(
            f"no TLS with {where} ({why}{_MEANING.get(why, '')})", certificate="CERTIFICATE" in str(error).upper()
        )
    if isinstance(error, ConnectionRefusedError):
        return NeverSent(f"connection refused by {where}")
    if isinstance(error, ConnectionError):
        return NeverSent(f"connection closed by {where}")
    if isinstance(error, TimeoutError):
        return NeverSent(f"no answer from {where}")
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.EMFILE, errno.ENFILE):
        return NeverSent(
            f"no connection to {where}: this computer lets the program open no more files (see ulimit -n, or lower "
            "--concurrency)"
        )
    return NeverSent(f"no connection to {where}" + (f" ({os.strerror(number)})" if number else ""))


def describe(error: BaseException) -> str:
    """One line: the facts, or else the first line of what the library says; never the password of a proxy."""
    text = _from_facts(error) or str(error) or type(error).__name__
    return _PASSWORD.sub("//", "; ".join([text.splitlines()[0], *getattr(error, "__notes__", ())]))


def _from_facts(error: BaseException) -> str | None:
    if isinstance(error, NotHttpError):
        return f"not HTTP: {error}"
    return _of_tls(error) or _of_the_system(error) if isinstance(error, OSError) else None


def _of_tls(error: OSError) -> str | None:
    """TLS that was broken off after the handshake, where TLS 1.3 asks for certificates; its numbers are its own."""
    alert = _TLS_ALERT.search(str(error))
    if alert is None:
        return None
    asks = "; the server asks for a client certificate" if "CERTIFICATE" in alert[1] else ""
    return f"TLS was broken off ({alert[1].replace('_', ' ').lower()}){asks}"


def _of_the_system(error: OSError) -> str | None:
    if isinstance(error, ssl.SSLError) or not error.errno:  # whose numbers are not those of the system
        return None
    return _CUTS.get(error.errno) or os.strerror(error.errno)
