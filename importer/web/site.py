"""What requests are answered with: the steps, the sessions, the users and the pages' text, put together once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.run import system_user
from importer.web.approving import Approving
from importer.web.comparing import Comparing
from importer.web.doubts import Doubts
from importer.web.guard import Hosts
from importer.web.preparing import Preparing
from importer.web.rendering import Pages
from importer.web.reports import Reports
from importer.web.running import Running
from importer.web.sessions import LoginLimit, Sessions
from importer.web.users import UserFile
from importer.web.verdicts import Verdicts

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from importer.web.desk import Desk
    from importer.web.settings import ServeSettings
    from importer.web.users import User

# A name from one address; then what many computers together may try: of one name, and from one address all names.
_HERE, _OF_NAME, _OF_ADDRESS = 5, 100, 50


class Site:
    """All that a request may need."""

    def __init__(self, settings: ServeSettings, desk: Desk, port: int) -> None:
        self.settings, self.desk = settings, desk
        self.hosts = Hosts(settings, port)
        self.users = UserFile(settings.users) if settings.users is not None else None
        self.sessions = Sessions(self.users, system_user())
        self._limits = LoginLimit(_HERE), LoginLimit(_OF_NAME), LoginLimit(_OF_ADDRESS)
        self.preparing = Preparing(desk)
        self.approving = Approving(desk, self._password_of if self.users is not None else None)
        self.reports = Reports(desk)
        self.running = Running(desk, self.reports.prepare)
        verdicts = Verdicts(desk)
        self.doubts = Doubts(desk, verdicts)
        self.comparing = Comparing(desk, verdicts)
        self.pages = Pages(settings, self.sessions, desk.words)
        self._port = port

    def log_in(self, name: str, password: str, address: str) -> tuple[User | None, float]:
        """Return the user, or None and the seconds until the next try is taken (0: at once)."""
        counted = list(zip(self._limits, (f"{name}\n{address}", name, address), strict=True))
        if wait_s := max(limit.wait_s(whose) for limit, whose in counted):
            return None, wait_s
        user = self.users.verify(name, password) if self.users is not None else None
        if user is None:
            for limit, whose in counted:
                limit.failed(whose)
            return None, 0.0
        for limit, whose in counted[:2]:
            limit.forget(whose)
        return user, 0.0

    def address(self, request: Request) -> str:
        """From where a request comes; behind a proxy at a socket by the proxy's own word, which it adds as the last."""
        if self.settings.socket is not None:
            return request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return request.client.host if request.client else ""

    def _password_of(self, name: str, password: str) -> tuple[bool, float]:
        """Whether it is that user's, and the seconds until the next try is taken: tries of who approves count apart."""
        user, wait_s = self.log_in(name, password, "approval")
        return user is not None, wait_s

    def cookie(self, request: Request) -> str:
        """The name of the cookie, with the port in it: cookies do not tell ports of one computer apart."""
        name = f"revenue-importer-{self._port}"
        return f"__Host-{name}" if self.is_secure(request) else name

    def is_secure(self, request: Request) -> bool:
        """Whether the browser speaks TLS, to us or to the proxy."""
        if self.settings.socket is not None:
            return request.headers.get("x-forwarded-proto") == "https"
        return self.settings.has_tls

    def secret(self, request: Request) -> str | None:
        """What the browser's cookie holds."""
        return request.cookies.get(self.cookie(request))

    def give_cookie(self, request: Request, response: Response, secret: str) -> None:
        """Let the browser have a session."""
        response.set_cookie(
            self.cookie(request), secret, path="/", httponly=True, samesite="strict", secure=self.is_secure(request)
        )


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a user, as the handlers get it; `form` are the fields of its body, in order."""

    site: Site
    request: Request
    user: User
    form: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """The id of the import that it is about."""
        return str(self.request.path_params["id"])

    @property
    def desk(self) -> Desk:
        """Where steps are taken."""
        return self.site.desk

    def field(self, name: str) -> str:
        """A field of the form; empty where it is not there."""
        return dict(self.form).get(name, "")
