"""What `serve` was told: where its data lies, where it listens, and to which API the imports go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.disk import state_folder
from importer.errors import SettingsError
from importer.hosts import is_loopback

if TYPE_CHECKING:
    from pathlib import Path

PORT = 8484
MAX_UPLOAD = 2 << 30
_USERS = "users.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """How the page is served.

    `users` is the file that `user add` writes; None where nobody has to log in, which only loopback allows.
    `max_upload` is in bytes. `allowed_hosts` are further names under which the page is reached, behind a proxy say.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = PORT
    users: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    socket: Path | None = None
    sandbox: bool = False
    base_url: str | None = None
    allow_http: bool = False
    api_key_file: str | None = None
    open_browser: bool = False
    allowed_hosts: tuple[str, ...] = ()
    max_upload: int = MAX_UPLOAD

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise SettingsError("--tls-cert and --tls-key go together: give both.")
        if self.sandbox and self.base_url is not None:
            raise SettingsError("--sandbox and --base-url name two places: choose one.")
        if self.socket is not None and self.tls_cert is not None:
            raise SettingsError("--socket is for a proxy, which has the certificate: leave --tls-cert out.")
        self._refuse_the_open()

    @property
    def has_tls(self) -> bool:
        """Whether the page itself speaks TLS."""
        return self.tls_cert is not None

    @property
    def is_local(self) -> bool:
        """Whether only this computer can reach the page."""
        return self.socket is None and is_loopback(self.host)

    def _refuse_the_open(self) -> None:
        """Others than this computer's user: only with users, and never without encryption."""
        if self.is_local:
            return
        if self.users is None:
            raise SettingsError(
                "Whoever reaches this page could post: it is served beyond this computer only with users. Add some "
                "with `revenue-importer user add NAME --role preparer`, and give their file with --users."
            )
        if self.socket is None and not self.has_tls:
            raise SettingsError(
                f"{self.host} is not this computer alone, and passwords would cross the network in plain text: give "
                "--tls-cert and --tls-key, or --socket for a proxy that has a certificate."
            )


def data_folder(given: Path | None, *, sandbox: bool = False) -> Path:
    """The data folder: the one that was given, or that in the user's state folder, which a sandbox has of its own."""
    return given or state_folder() / ("page-sandbox" if sandbox else "page")


def users_file(given: Path | None, data: Path) -> Path:
    """Where the users of a page stand: in the file that was given, or in its data folder."""
    return given or data / _USERS
