"""Where a connection leads, and what it is asked for there: the parts of a URL."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

_PORTS = {"http": 80, "https": 443}
# What may stand in a path or a query as it is (RFC 3986, 3.3 and 3.4), with what is percent-encoded already.
_PATH = "/%:@!$&'()*+,;=~"
_QUERY = _PATH + "?"


class Address(NamedTuple):
    """A URL in parts, in the form that goes over the wire: `host` in ASCII and without brackets, `path` with its query.

    `credentials` are the name and the password of a proxy, as `name:password`; empty when there are none.
    """

    scheme: str
    host: str
    port: int
    path: str
    credentials: str = ""

    @classmethod
    def of(cls, url: str) -> Address:
        """Take a URL apart.

        Raises:
            ValueError: it is none, or its host is no name that DNS can hold.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = host if host.isascii() else host.encode("idna").decode("ascii")
        path = quote(parts.path, _PATH) or "/"
        query = f"?{quote(parts.query, _QUERY)}" if parts.query else ""
        user = parts.netloc.rpartition("@")[0]
        name, _, password = user.partition(":")
        credentials = f"{unquote(name)}:{unquote(password)}" if user else ""
        return cls(parts.scheme, host, parts.port or _PORTS.get(parts.scheme, 0), path + query, credentials)

    @property
    def where(self) -> str:
        """Host and port, as a user and the request line of CONNECT write them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def authority(self) -> str:
        """The same without the scheme's own port, as `Host` has it."""
        return self.where.removesuffix(f":{_PORTS[self.scheme]}") if self.port == _PORTS[self.scheme] else self.where

    @property
    def url(self) -> str:
        """The URL again, without credentials."""
        return f"{self.scheme}://{self.authority}{self.path}"
