"""A headless Chromium, driven over its DevTools protocol: what a page asks for, says and measures."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHROMIUM = shutil.which("chromium")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--remote-debugging-port=0"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
_START_S = 30


def find_axe() -> Path | None:
    """`axe.min.js` of the npm package axe-core: where AXE_CORE says, in a `node_modules` here, above, or global."""
    named = os.environ.get("AXE_CORE")
    folders = [Path.cwd(), *Path.cwd().parents, Path("/usr/local/lib"), Path("/usr/lib")]
    known = [Path(named)] if named else [folder / "node_modules/axe-core/axe.min.js" for folder in folders]
    return next((path for path in known if path.is_file()), None)


class Tab:
    """A tab of the browser, and everything that it reported."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, itertools.count(1)
        self.events: list[dict[str, Any]] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what is reported meanwhile is kept."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while (message := await self._socket.receive_json()).get("id") != number:
            self.events.append(message)
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    async def evaluate(self, script: str) -> Any:
        """The value of a piece of JavaScript, awaited."""
        found = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"])
        return found["result"].get("value")

    async def show(self, url: str, width: int, height: int, *, dark: bool = False, media: str = "screen") -> None:
        """Open a page on a screen (or paper: `print`) of that size, in one of the two colour schemes."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        await self.call("Emulation.setEmulatedMedia", media=media, features=scheme)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.call("Emulation.setDeviceMetricsOverride", **size)
        self.events.clear()
        await self.call("Page.navigate", url=url)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(await self._socket.receive_json())

    def asked(self) -> list[str]:
        """The addresses that the page had fetched."""
        sent = [event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in sent]

    def said(self) -> list[str]:
        """What the console, the log and the script engine had to say."""
        words = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [str(event["params"]) for event in self.events if event["method"] in words]


@contextlib.asynccontextmanager
async def tab(folder: Path) -> AsyncIterator[Tab]:
    """Start the browser with a new profile in `folder`; one tab of it."""
    profile = folder / "profile"
    process = await asyncio.create_subprocess_exec(
        *(str(CHROMIUM), *_FLAGS, f"--user-data-dir={profile}", "about:blank"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        port = await asyncio.wait_for(_port(process.stderr), _START_S)
        reading = asyncio.create_task(process.stderr.read())  # what nobody reads would stop the browser
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [page for page in await answer.json() if page["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                opened = Tab(socket)
                for domain in ("Page", "Network", "Runtime", "Log"):
                    await opened.call(f"{domain}.enable")
                yield opened
    finally:
        process.terminate()
        await process.wait()
    await reading
    shutil.rmtree(profile, ignore_errors=True)


async def _port(said: asyncio.StreamReader | None) -> str:
    """The port that the browser names when it listens."""
    assert said is not None
    async for line in said:
        if found := re.search(rb"DevTools listening on ws://127\.0\.0\.1:(\d+)/", line):
            return found[1].decode()
    raise RuntimeError("the browser ended before it listened")
