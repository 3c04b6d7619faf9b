"""Where the money goes: the base URL in one form, and the short name of the API that the results keep."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from importer.errors import SettingsError
from importer.hosts import is_loopback, plain

SANDBOX_TARGET = "sandbox"
_VENDOR, _VENDOR_TOO = "app.tracklysms.com", "api.tracklysms.com"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ENDPOINT = re.compile(r"(?:/v2/revenue(?:/bulk)?|/)+\Z")
_NUMBER = re.compile(r"(?:\A|\.)(?:[0-9]+|0x[0-9a-f]*)\Z")
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")


def normalise_base_url(text: str, *, allow_http: bool = False) -> str:
    """Return everything before `/v2/revenue`, in one form: lower-case host, no default port, no slash at the end.

    Raises SettingsError when it is not an http(s) URL with a host, when it carries a user, a query or a fragment
    (which could hold a secret, so they are not repeated in the message), or when it would send the key in clear
    text to another machine and `allow_http` does not say so.
    """
    parts = _split(text.strip())
    host = _host(parts)
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise SettingsError(
            f"The base URL uses plain http to {host}: anyone on the way could read the API key. "
            "Use https, or --allow-http if you know the network."
        )
    port = _port(parts)
    authority = _bracketed(host) if port == _DEFAULT_PORTS[parts.scheme] else f"{_bracketed(host)}:{port}"
    return f"{parts.scheme}://{authority}{_ENDPOINT.sub('', parts.path)}"


def target_name(base_url: str, *, sandbox: bool = False) -> str:
    """Return the API's host, with its port where that is not the scheme's own; `sandbox` for the built-in one.

    Raises SettingsError as `normalise_base_url` does.
    """
    if sandbox:
        return SANDBOX_TARGET
    return urlsplit(normalise_base_url(base_url, allow_http=True)).netloc


def _split(text: str) -> SplitResult:
    # urlsplit drops tabs and line breaks silently: what was checked would not be what was typed.
    if any(character.isspace() or not character.isprintable() or character == "\\" for character in text):
        raise SettingsError("The base URL contains white space, a control character or a backslash.")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise SettingsError("The base URL is not one: its brackets do not hold an IPv6 address.") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.netloc:
        raise SettingsError("The base URL must start with https:// (or http://) and name a host.")
    if "@" in parts.netloc or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise SettingsError("The base URL must not contain a user, a password, a query or a fragment.")
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").removesuffix(".")
    if "[" in parts.netloc:
        try:
            return plain(ipaddress.IPv6Address(host)).compressed
        except ValueError:
            raise SettingsError("The base URL is not one: its brackets do not hold an IPv6 address.") from None
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise SettingsError("The base URL is not one: its host is not a name that DNS can hold.") from None
    if not _HOST_NAME.fullmatch(host):
        raise SettingsError("The base URL must name a host, such as https://app.tracklysms.com/api.")
    if _NUMBER.search(host):
        _refuse_no_address(host)
    return host


def _refuse_no_address(host: str) -> None:
    # Of 127.1, 0x7f.1 or 0177.0.0.1 every library makes another address.
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise SettingsError(
            f"The base URL's host {host} is an address in a form that programs read differently: write its four "
            "numbers, such as 127.0.0.1."
        ) from None


def _port(parts: SplitResult) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise SettingsError("The base URL is not one: its port is not a number from 1 to 65535.")
    return port or _DEFAULT_PORTS[parts.scheme]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def same_target(one: str, other: str) -> bool:
    """Whether two target names are one API."""
    return one_name(one) == one_name(other)


def one_name(target: str) -> str:
    """The same for all names of one API. The vendor's pages name it by two hosts."""
    return _VENDOR if target == _VENDOR_TOO else target
