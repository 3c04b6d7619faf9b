"""A person at the page: a client of HTTP that says, as a browser does, that its requests come from there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.command import Running

PASSWORD = "correct horse battery"
MESSY = "sample_data/june_2026_messy.csv"
OPEN: list[httpx.Client] = []
"""The connections of this test, which are closed at its end."""


class Here:
    """A client of an application in this process, with what of `httpx.Client` a person needs."""

    def __init__(self, app: Any, base: str) -> None:
        self._app, self._base = app, base
        self.cookies = httpx.Cookies()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def put(self, path: str, **more: Any) -> httpx.Response:
        return self.request("PUT", path, **more)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, more))

    async def _request(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url=self._base, cookies=self.cookies) as client:
            answer = await client.request(method, path, **more)
            self.cookies = httpx.Cookies(client.cookies)
            return answer


class Person:
    """One who looks at a page and takes steps there, with cookies of their own."""

    def __init__(self, base: str, client: Any = None) -> None:
        self.client = client or httpx.Client(base_url=base, timeout=60)
        OPEN.extend([] if client else [self.client])
        self.headers = {"Origin": base}

    def log_in(self, name: str, password: str = PASSWORD) -> Any:
        return self.post("/login", name=name, password=password)

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, follow_redirects=False, **more)

    def post(self, path: str, headers: dict[str, str] | None = None, **form: Any) -> Any:
        chosen = self.headers if headers is None else headers
        return self.client.post(path, data=form, headers=chosen, follow_redirects=False)

    def put(self, path: str, content: Any, **headers: str) -> Any:
        return self.client.put(path, content=content, headers=self.headers | headers, follow_redirects=False)

    def begin(self, name: str = "June") -> str:
        """A new import; its path."""
        made = self.post("/imports", name=name)
        assert made.status_code == 303, made.text
        return str(made.headers["location"])

    def bring(self, data: bytes, name: str = "june.csv", **options: Any) -> str:
        """A new import with a file, checked; its path."""
        path = self.begin()
        assert self.put(f"{path}/file?name={name}", data).status_code == 201
        if options:
            self.done(path, "options", **options)
        self.done(path, "check")
        return path

    def done(self, path: str, step: str, **form: Any) -> None:
        """Take a step, which is taken."""
        answer = self.post(f"{path}/{step}", **form)
        assert answer.status_code == 303, answer.text

    def approved(self, data: bytes, other: Person | None = None, **options: Any) -> str:
        """An import that may run; its path."""
        path = self.bring(data, **options)
        self.done(path, "submit")
        (other or self).done(path, "approve", plan=self.state(path)["plan"], password=PASSWORD)
        return path

    def state(self, path: str) -> dict[str, Any]:
        found = self.get(f"{path}.json")
        assert found.status_code == 200, found.text
        return dict(found.json())

    def wait(self, path: str, *states: str, seconds: float = 40) -> dict[str, Any]:
        """The import, once it has one of these states."""
        deadline = time.monotonic() + seconds
        while (found := self.state(path))["state"] not in states:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return found


def at(running: Running) -> Person:
    """Who opens the address that a server printed."""
    address = re.search(r"http://\S+", running.wait_for(r"http://\S+\n"))
    assert address is not None
    base, _, token = address[0].rstrip("/").partition("/?")
    person = Person(base)
    if token:
        assert person.get(f"/?{token}").status_code == 303
    return person


def kill_children(data: Path, number: int = signal.SIGKILL) -> None:
    """Send a signal to all commands that a page began and that live."""
    for file in data.glob("runs/*.pid"):
        with suppress(OSError, ValueError):
            os.kill(int(file.read_text()), number)
