"""What the environment and the system say of the way to the API: proxies and trusted certificates."""

from __future__ import annotations

import os
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from importer.errors import SettingsError
from importer.hosts import is_loopback

try:
    import resource
except ImportError:  # pragma: no cover - Windows has none, and no such limit
    resource = None  # type: ignore[assignment]

# What a run may open besides its connections: input, journal, spools, libraries, the standard streams.
_OTHER_FILES = 128
# What it needs at the least before the first connection, of which 15 were seen; and what is opened beside connections.
_LEAST_FILES, _SPARE_FILES = 24, 6
_MALFORMED = (
    "{} names a proxy that cannot be understood. Write it as http://HOST:PORT or http://NAME:PASSWORD@HOST:PORT, with "
    "%XX for each special character of the password, or unset it."
)


def check_environment(url: str) -> None:
    """Find out before anything is opened whether the way to `url` that the environment names can be gone.

    Raises:
        SettingsError: a proxy or a place of certificates that cannot be used, or too few files that may be open.
    """
    _check_limit_of_files()
    environment_proxy(url)
    if url.startswith("https:"):
        _check_certificates()


def trusted_certificates() -> ssl.SSLContext:
    """The certificates that this machine trusts, a company's own among them (`SSL_CERT_FILE` is honoured)."""
    import truststore  # noqa: PLC0415 - only where it is needed

    context: Any = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    return context  # type: ignore[no-any-return]


def allow_connections(number: int, *, files_each: int = 1) -> int:
    """Have the system let this process open so many more connections, as far as its hard limit of files goes.

    Some systems allow 256 files unless asked. Returns for how many connections there is room, `number` at the most: a
    run that opens more pauses again and again. `files_each` is 2 where both ends of a connection are in this process.
    """
    most = _raised_limit(number * files_each + _OTHER_FILES)
    return number if most is None else max(1, min(number, (most - _open_files() - _SPARE_FILES) // files_each))


def _check_limit_of_files() -> None:
    most, needed = _raised_limit(_OTHER_FILES), _open_files() + _LEAST_FILES + 1
    if most is not None and most < needed:
        raise SettingsError(
            f"This computer lets the program open {most} files at once, and an import needs {needed}: raise that limit "
            "(ulimit -n). Nothing was posted."
        )


def _raised_limit(wanted: int) -> int | None:
    """How many files this process may have open, raised to `wanted` where the system lets it; None: without limit."""
    if resource is None:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return None if soft == resource.RLIM_INFINITY else soft
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft


def _open_files() -> int:
    folder = Path("/dev/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def _check_certificates() -> None:
    """Of a place that is not there nothing is said by the library, and others than those meant are trusted."""
    if file := os.environ.get("SSL_CERT_FILE"):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
        except ssl.SSLError:
            raise _no_certificates("SSL_CERT_FILE", file, "holds no certificate that can be read") from None
        except OSError as error:
            raise _no_certificates("SSL_CERT_FILE", file, f"cannot be read ({error.strerror})") from None
    for folder in filter(None, os.environ.get("SSL_CERT_DIR", "").split(os.pathsep)):
        if not Path(folder).is_dir():
            raise _no_certificates("SSL_CERT_DIR", folder, "is no folder")


def _no_certificates(variable: str, name: str, why: str) -> SettingsError:
    return SettingsError(f"{variable} names {name}, which {why}. Correct it, or unset it.")


def environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for `url` (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), or None.

    None for loopback, whatever the environment says: what goes to this machine itself is in clear text (the sandbox
    speaks nothing else), and a proxy would read the key.

    Raises:
        SettingsError: it cannot be used here. The message does not repeat it: it may hold a password.
    """
    target = urlsplit(url)
    host = target.hostname or ""
    port = target.port or (443 if target.scheme == "https" else 80)
    if is_loopback(host) or not _may_name_proxies():
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - loads long

    if proxy_bypass(host) or proxy_bypass(f"{host}:{port}"):
        return None
    proxies = getproxies()
    for name in (target.scheme, "all"):
        if proxy := proxies.get(name):
            return _usable(proxy.strip(), f"{name.upper()}_PROXY", host)
    return None


def _may_name_proxies() -> bool:
    """Whether it is worth a look: elsewhere than on macOS and Windows only variables name proxies."""
    return sys.platform in ("darwin", "win32") or any(name.lower().endswith("_proxy") for name in os.environ)


def _usable(proxy: str, variable: str, host: str) -> str:
    import httpx  # noqa: PLC0415 - most have no proxy

    whole = proxy if "://" in proxy else f"http://{proxy}"
    try:
        url = urlsplit(whole)
        is_whole = url.hostname and url.port != 0 and url.path in ("", "/") and not (url.query or url.fragment)
        httpx.URL(whole)
    except (ValueError, httpx.InvalidURL):
        raise SettingsError(_MALFORMED.format(variable)) from None
    if url.scheme not in ("http", "https"):
        kind = "a SOCKS proxy" if url.scheme.startswith("socks") else "no HTTP proxy"
        raise SettingsError(
            f"{variable} names {kind} for {host}, and only HTTP proxies can be used. Name one as http://HOST:PORT, or "
            f"put {host} in NO_PROXY to do without. Nothing was posted."
        )
    if not is_whole or any(character.isspace() or not character.isprintable() for character in whole):
        raise SettingsError(_MALFORMED.format(variable))
    return whole
