"""A page in this process (`site`, `person`, `people`), and one as the installed command serves it (`serve`)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher

from importer.web import Role, ServeSettings, UserFile
from importer.web.desk import Desk
from importer.web.events import EventLog
from importer.web.folder import DataFolder
from importer.web.routes import application
from importer.web.site import Site
from tests.support.command import environment
from tests.web.person import OPEN, PASSWORD, Here, Person, at, kill_children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.command import Running

BASE = "http://127.0.0.1:8484"
ROLES = {"pia": Role.PREPARER, "paul": Role.PREPARER, "anna": Role.APPROVER, "ada": Role.ADMIN, "otto": Role.AUDITOR}


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(autouse=True)
def _connections() -> Iterator[None]:
    """Close what people opened."""
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """argon2 takes time and memory on purpose; here it takes little."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("importer.web.users._HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="session")
def hashed_users(tmp_path_factory: pytest.TempPathFactory, _quick_passwords: None) -> bytes:
    """A file of users."""
    path = tmp_path_factory.mktemp("users") / "users.json"
    for name, role in ROLES.items():
        UserFile(path).add(name, role, PASSWORD)
    return path.read_bytes()


@pytest.fixture
def users(tmp_path: Path, hashed_users: bytes) -> Path:
    """The file of users."""
    path = tmp_path / "users.json"
    path.write_bytes(hashed_users)
    return path


@pytest.fixture
def make_site(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Site]]:
    """Make a page in this process: `make_site(users=file)`, with the further settings of `serve`."""
    with ExitStack() as stack:

        def make(url: str = "http://127.0.0.1:9/api", **settings: Any) -> Site:
            folder = DataFolder(tmp_path / "data")
            log = EventLog(folder.events, clock)
            stack.callback(log.close)
            chosen = ServeSettings(data=folder.root, **settings)
            return Site(chosen, Desk(folder, log, [f"--base-url={url}"], environment(["--base-url"])), 8484)

        yield make
        kill_children(tmp_path / "data")


@pytest.fixture
def warm_commands(warm_program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page in this process begins its commands so fast (see `support.doorway`), and cannot stop or kill them."""
    monkeypatch.setattr("importer.web.children.COMMAND", (str(warm_program),))


@pytest.fixture
def visit() -> Callable[[Site], Person]:
    """A new person at a page of this process."""
    return lambda site: Person(BASE, Here(application(site), BASE))


@pytest.fixture
def site(make_site: Callable[..., Site], users: Path) -> Site:
    """A page with users."""
    return make_site(users=users)


@pytest.fixture
def enter(site: Site, visit: Callable[[Site], Person]) -> Callable[[str], Person]:
    """Somebody who has a session, without the time that a password takes: `enter("pia")`."""

    def inside(name: str) -> Person:
        person = visit(site)
        assert site.users is not None
        secret = site.sessions.begin(site.users.users()[name])
        person.client.cookies.set("revenue-importer-8484", secret)
        return person

    return inside


@pytest.fixture
def pia(enter: Callable[[str], Person]) -> Person:
    """A preparer."""
    return enter("pia")


@pytest.fixture
def anna(enter: Callable[[str], Person]) -> Person:
    """An approver."""
    return enter("anna")


@pytest.fixture
def serve(start_cold: Callable[..., Running], tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """The installed command: `serve(server.url)`; what its page began is killed at the end."""
    data = tmp_path / "data"

    def begin(url: str, *more: object) -> Running:
        return start_cold("serve", "--data", data, "--port", 0, "--base-url", url, *more)

    yield begin
    kill_children(data)


@pytest.fixture
def serve_and_enter(serve: Callable[..., Running]) -> Callable[..., tuple[Running, Person]]:
    """The same, and who opens what it printed."""

    def begin(url: str, *more: object) -> tuple[Running, Person]:
        running = serve(url, *more)
        return running, at(running)

    return begin
