"""The users of the page: a file that only the command `user` writes, with passwords as argon2 has them."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from importer.disk import Replacement
from importer.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_SHORTEST, _LONGEST = 8, 1024
_HASHER = PasswordHasher()
# Each takes 64 MiB: many at once must not fill the memory.
_AT_ONCE = threading.BoundedSemaphore(2)


class Role(StrEnum):
    """What a user may do; each may see everything."""

    PREPARER = "preparer"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """A user. `password` is a hash; `since` is when it was set (UTC)."""

    name: str
    role: Role
    password: str = ""
    disabled: bool = False
    since: str = ""


class UserFile:
    """The file of users.

    Raises:
        SettingsError: it cannot be read, or is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._users: dict[str, User] = {}

    def users(self) -> dict[str, User]:
        """All users by name, as the file has them now."""
        try:
            found = self._path.stat()
        except OSError:
            return {}
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp != self._stamp:
            self._users, self._stamp = self._read(), stamp
        return self._users

    def _read(self) -> dict[str, User]:
        try:
            lines = json.loads(self._path.read_bytes())
            return {name: User(name, Role(one.pop("role")), **one) for name, one in lines.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SettingsError(f"{self._path} is no file of users that can be read ({error}).") from None

    def add(self, name: str, role: Role, password: str) -> None:
        """Add a user, or give one a new role and password, which ends the sessions that there are.

        Raises:
            SettingsError: the name or the password cannot be used.
            StorageError: the disk refused.
        """
        if _NAME.fullmatch(name) is None:
            raise SettingsError("A user's name is of letters, digits and . _ @ -, at most 64 of them.")
        if not _SHORTEST <= len(password) <= _LONGEST:
            raise SettingsError(f"The password has {len(password)} characters; it must have at least {_SHORTEST}.")
        since = datetime.now(UTC).isoformat(timespec="seconds")
        self._write({**self.users(), name: User(name, role, _HASHER.hash(password), since=since)})

    def disable(self, name: str) -> None:
        """Let a user log in no more, and end the sessions that there are.

        Raises:
            SettingsError: there is none of this name.
        """
        users = self.users()
        if name not in users:
            raise SettingsError(f"{self._path} has no user {name!r}.")
        user = users[name]
        self._write({**users, name: User(name, user.role, user.password, disabled=True, since=user.since)})

    def _write(self, users: dict[str, User]) -> None:
        lines = {name: {k: v for k, v in asdict(user).items() if k != "name"} for name, user in sorted(users.items())}
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Replacement(self._path) as replacement:
            replacement.file.write((json.dumps(lines, indent=1) + "\n").encode())
            _give_away(replacement.file.fileno(), self._path.parent)
            replacement.sync()
            replacement.put()
        self._stamp = None

    def verify(self, name: str, password: str) -> User | None:
        """The user whose password that is; None takes as long."""
        user = self.users().get(name)
        known = user is not None and not user.disabled
        matches = _matches(user.password if user is not None and known else _decoy(), password)
        return user if known and matches else None


def _give_away(fd: int, folder: Path) -> None:
    """Let who has the folder have the file, too, when root adds users for a service that is not root."""
    owner = folder.stat()
    if sys.platform != "win32" and os.geteuid() == 0:
        os.fchown(fd, owner.st_uid, owner.st_gid)


def _matches(hashed: str, password: str) -> bool:
    if len(password) > _LONGEST:
        return False
    with _AT_ONCE:
        try:
            return _HASHER.verify(hashed, password)
        except (Argon2Error, InvalidHashError):
            return False


_DECOYS: list[str] = []


def _decoy() -> str:
    """A hash that nobody's password has, so that an unknown name takes as long as a known one."""
    if not _DECOYS:
        _DECOYS.append(_HASHER.hash("nobody has this password"))
    return _DECOYS[0]
