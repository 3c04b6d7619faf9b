"""A page of this process in a real browser: Debian's Chromium, which reaches no other address."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from importer.web import ServeSettings
from importer.web.desk import Desk
from importer.web.events import EventLog
from importer.web.folder import DataFolder
from importer.web.routes import application
from importer.web.site import Site
from importer.web.uploads import Upload
from tests.support.command import environment
from tests.web.test_steps import FILE, pretend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_WAIT_MS = 15_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser. Meanwhile Playwright has a loop of asyncio in this thread: no other test could run its own there."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def api() -> str:
    """Where the page posts to: nowhere, unless a test needs more."""
    return "http://127.0.0.1:9/api"


@pytest.fixture
def house(tmp_path: Path, users: Path, api: str) -> Iterator[Site]:
    """A page with users on a port of its own, on its own thread."""
    listening = socket.create_server(("127.0.0.1", 0))
    folder = DataFolder(tmp_path / "data")
    log = EventLog(folder.events)
    desk = Desk(folder, log, [f"--base-url={api}"], environment(["--base-url"]))
    site = Site(ServeSettings(data=folder.root, users=users), desk, listening.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(application(site), lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield site
    server.should_exit = server.force_exit = True
    thread.join(10)
    log.close()


class Tabs:
    """The browsers of people, and what their consoles said."""

    def __init__(self, chromium: Any, site: Site) -> None:
        self._chromium, self._site = chromium, site
        self.said: list[str] = []

    def open(self, name: str, **settings: Any) -> Any:
        """A tab of somebody who is logged in; `.context.new_page()` is another."""
        port = self._site._port
        context = self._chromium.new_context(base_url=f"http://127.0.0.1:{port}", **settings)
        context.set_default_timeout(_WAIT_MS)
        assert self._site.users is not None
        secret = self._site.sessions.begin(self._site.users.users()[name])
        context.add_cookies([{
            "name": f"revenue-importer-{port}", "value": secret, "domain": "127.0.0.1", "path": "/",
        }])  # fmt: skip
        context.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self.said.append(str(error.error)))
        return context.new_page()


@pytest.fixture
def tabs(chromium: Any, house: Site) -> Tabs:
    return Tabs(chromium, house)


@pytest.fixture
def checked(house: Site) -> str:
    """An import of Pia's whose file was checked, in no time; its path."""
    return begin(house)


@pytest.fixture
def enter(tabs: Tabs) -> Callable[..., Any]:
    return tabs.open


def begin(site: Site, name: str = "June 2026", file: str = "june.csv", cells: bytes = b"") -> str:
    """An import with a file, and what a check leaves; its path."""
    import_id = site.preparing.create("pia", name)
    with Upload(site.desk.folder, import_id, 1 << 20) as upload:
        upload.write(cells or FILE)
        site.preparing.keep("pia", import_id, upload, file)
    path = f"/imports/{import_id}"
    pretend(site, path)
    return path
