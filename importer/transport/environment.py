"""What the environment and the system say of the way to the API: proxies and trusted certificates."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

from importer.errors import SettingsError
from importer.target import is_loopback


def trusted_certificates() -> ssl.SSLContext:
    """The certificates that this machine trusts, a company's own among them (`SSL_CERT_FILE` is honoured)."""
    import truststore  # noqa: PLC0415 - only where it is needed

    context: Any = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    return context  # type: ignore[no-any-return]


def environment_proxy(url: str) -> str | None:
    """The proxy that the environment names for `url` (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), or None.

    None for loopback, whatever the environment says: what goes to this machine itself is in clear text (the sandbox
    speaks nothing else), and a proxy would read the key.

    Raises:
        SettingsError: it is of a kind that cannot be used here. The message does not repeat it: it may hold a password.
    """
    target = httpx.URL(url)
    port = target.port or (443 if target.scheme == "https" else 80)
    if is_loopback(target.host):
        return None
    if proxy_bypass(target.host) or proxy_bypass(f"{target.host}:{port}"):
        return None
    proxies = getproxies()
    proxy = proxies.get(target.scheme) or proxies.get("all")
    if not proxy:
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    parts = httpx.URL(proxy)
    if parts.scheme not in ("http", "https") or not parts.host:
        raise SettingsError(
            f"The environment names a proxy for {target.host} that is not an HTTP proxy. "
            f"Change {target.scheme.upper()}_PROXY, or put {target.host} in NO_PROXY."
        )
    return proxy
