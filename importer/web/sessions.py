"""Who is at the page: sessions on the server, the one-time token of loopback, and how often a login may be tried."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.web.users import Role, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.web.users import UserFile

_MINUTE, _HOUR = 60.0, 3600.0
_TRIES_WITHIN_S = 5 * _MINUTE
_MOST_SESSIONS = 1000


@dataclass(slots=True)
class _Session:
    user: User
    began: float
    seen: float


class Sessions:
    """The sessions of this server, known by the digest of what the cookie holds.

    With `users` a session ends when its user is disabled or gets another password or role. Without, there is one
    person, whom this computer calls `local`, and the token that was printed opens a session once.
    Idle and absolute limits: half an hour and ten hours with users; a day and a week for one person.
    """

    def __init__(self, users: UserFile | None, local: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._users, self._clock = users, clock
        self._turn = threading.Lock()
        self._sessions: dict[bytes, _Session] = {}
        self._idle_s, self._absolute_s = (30 * _MINUTE, 10 * _HOUR) if users else (24 * _HOUR, 168 * _HOUR)
        self._local = User(local, Role.ADMIN)
        self.token: str | None = None if users else secrets.token_urlsafe(32)

    @property
    def has_users(self) -> bool:
        """Whether people log in with names and passwords."""
        return self._users is not None

    def exchange(self, token: str) -> str | None:
        """A new session for the token, which is then used up; None when it is not the one."""
        with self._turn:
            known = self.token
            if known is None or not hmac.compare_digest(token.encode(), known.encode()):
                return None
            self.token = None
        return self.begin(self._local)

    def begin(self, user: User) -> str:
        """A new session; returns what the cookie is to hold."""
        secret = secrets.token_urlsafe(32)
        with self._turn:
            now = self._clock()
            self._sessions = {key: one for key, one in self._sessions.items() if self._lasts(one, now)}
            while len(self._sessions) >= _MOST_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[_key(secret)] = _Session(user, now, now)
        return secret

    def user(self, secret: str | None, *, touch: bool = True) -> User | None:
        """Whose session it is, while it lasts; `touch`: the user did something."""
        if not secret:
            return None
        with self._turn:
            session, now = self._sessions.get(_key(secret)), self._clock()
            if session is None or not self._lasts(session, now) or not self._is_known(session.user):
                self._sessions.pop(_key(secret), None)
                return None
            session.seen = now if touch else session.seen
            return session.user

    def end(self, secret: str | None) -> None:
        """Log out."""
        with self._turn:
            self._sessions.pop(_key(secret or ""), None)

    def _lasts(self, session: _Session, now: float) -> bool:
        return now - session.seen <= self._idle_s and now - session.began <= self._absolute_s

    def _is_known(self, user: User) -> bool:
        return self._users is None or (self._users.users().get(user.name) == user and not user.disabled)


class LoginLimit:
    """At most so many tries within five minutes that went wrong, for each name, or for each address."""

    def __init__(self, tries: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._tries, self._clock = tries, clock
        self._turn = threading.Lock()
        self._failed: dict[str, deque[float]] = {}

    def wait_s(self, whose: str) -> float:
        """How many seconds until the next try is taken; 0 is at once."""
        with self._turn:
            tries = self._failed.get(whose)
            if tries is None or len(tries) < self._tries:
                return 0.0
            return max(tries[0] + _TRIES_WITHIN_S - self._clock(), 0.0)

    def failed(self, whose: str) -> None:
        """Note a try that went wrong."""
        with self._turn:
            now = self._clock()
            self._failed = {one: tries for one, tries in self._failed.items() if now - tries[-1] < _TRIES_WITHIN_S}
            self._failed.setdefault(whose, deque(maxlen=self._tries)).append(now)

    def forget(self, whose: str) -> None:
        """It went well."""
        with self._turn:
            self._failed.pop(whose, None)


def too_many_tries(wait_s: float) -> str:
    """What somebody is told whose try was not taken."""
    return f"Too many tries. Wait {wait_s / 60 + 1:.0f} minutes."


def _key(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
