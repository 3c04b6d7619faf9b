"""The line behind which a request may have left: whatever ends an attempt before it, nothing left, and only before it.

A request is ended at each of its steps in turn: at every line of the wire that it runs, by an exception, and at every
place where it waits, by its deadline.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import sys
import types
import warnings
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from importer.api import wire as package
from importer.api.wire import AnswerLost, NeverSent, transport
from tests.api.test_wire_proxies import connect
from tests.faultserver import tls
from tests.support.raw import LIMIT_S, Server, post, well, wire

LINE = "# From here on, the request may have left."
FOLDER = Path(package.__file__).parent
IN_FOLDER = f"{FOLDER}{os.sep}"
WAYS = {"clear text": 3, "TLS": 3, "tunnel": 5, "used connection": 1, "refused": 4}
"""Ways to the API, and at how many places a request waits on them at the least."""


def the_line() -> int:
    """The number of the line behind the comment; there is one such comment in the whole wire."""
    places = [
        (path.name, number)
        for path in FOLDER.glob("*.py")
        for number, text in enumerate(path.read_text().splitlines(), 1)
        if LINE in text
    ]
    ((name, number),) = places
    assert name == Path(transport.__file__).name
    return number + 1


class StepError(Exception):
    """What ends an attempt at a line."""


class Steps:
    """Follows a task through the lines of the wire, and ends it at one of them. `passed`: it came to the line."""

    def __init__(self, task: asyncio.Task[object], last: int) -> None:
        self.count, self.passed = 0, False
        self._task, self._last, self._line = task, last, the_line()

    def __call__(self, frame, _event, _arg):
        if not frame.f_code.co_filename.startswith(IN_FOLDER) or asyncio.current_task() is not self._task:
            return None
        return self._step

    def _step(self, frame, event, _arg):
        if event == "line" and not self._is_cleaning_up(frame):
            is_there = frame.f_code.co_filename == transport.__file__ and frame.f_lineno == self._line
            self.passed = self.passed or is_there
            self.count += 1
            if self.count == self._last:
                raise StepError
        return self._step

    @staticmethod
    def _is_cleaning_up(frame) -> bool:
        """What runs once the attempt has failed is not part of it."""
        return sys.exc_info()[0] is not None and frame.f_code.co_name != "__aexit__"


async def refuse(server, reader, writer):
    await server.request(reader)
    writer.write(b"HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n")
    await reader.read()


@asynccontextmanager
async def way(kind: str, context):
    """A wire and the URL at the end of that way, and the server there."""
    options = {} if kind in ("clear text", "used connection", "refused") else {"ssl": context}
    async with Server(refuse if kind == "refused" else well, **options) as api, Server(connect) as proxy:
        address = proxy.url.removesuffix("/v2/revenue") if kind == "tunnel" else None
        async with wire(proxy=address) as made:
            if kind == "used connection":
                await made.handle_async_request(post(api.url))
                api.requests.clear()
            yield made, api


async def ended_at(kind: str, context, *, line: int = 0, wait: int = 0) -> tuple[Steps, object, list[bytes]]:
    """How an attempt ends that is ended at a line or a wait, and what the server got; 0 is at none."""
    async with way(kind, context) as (made, api):
        task = asyncio.ensure_future(waiting(made.handle_async_request(post(api.url)), made, wait))
        steps = Steps(task, line)
        before = sys.gettrace()
        sys.settrace(steps)
        try:
            (end,) = await asyncio.gather(task, return_exceptions=True)
        finally:
            sys.settrace(before)
        await asyncio.sleep(0)
        return steps, type(end), api.requests


@types.coroutine
def waiting(attempt, made, last: int):
    """Do what a coroutine does, and let its deadline be over at one of its waits."""
    count, go_on = 0, partial(attempt.send, None)
    while True:
        try:
            future = go_on()
        except StopIteration as done:
            return done.value
        count += 1
        if count == last:
            made.cut_short()
        try:
            yield future
            go_on = partial(attempt.send, None)
        except BaseException as error:
            go_on = partial(attempt.throw, error)


async def each_end(kind: str, context, where: str) -> list[tuple[bool, object]]:
    """Of each step in turn, the last of which is never come to: whether the line was passed, and the end."""
    ends = []
    for last in itertools.count(1):
        steps, end, requests = await ended_at(kind, context, **{where: last})
        assert steps.passed or not requests
        if end is httpx.Response:
            return ends
        ends.append((steps.passed, end))
    raise AssertionError


def all_ends(kind: str, context, where: str) -> list[tuple[bool, object]]:
    """Of each step, in a loop of its own; connections that were made in a step that failed belong to nobody."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        ends = asyncio.run(asyncio.wait_for(each_end(kind, context, where), LIMIT_S))
        gc.collect()
        return ends


@pytest.fixture
def context(tmp_path, monkeypatch):
    """A certificate that is trusted."""
    made = tls.server_context("trusted", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file(tmp_path)))
    return made


@pytest.mark.parametrize("kind", ["clear text", "used connection"])
def test_an_attempt_that_fails_at_any_line_has_left_only_behind_that_one(kind, context):
    """Before it a failure is never sent; behind it none is. What is no end of an attempt leaves the row in doubt."""
    ends = all_ends(kind, context, "line")
    assert {end for passed, end in ends if not passed} == {NeverSent, StepError}
    assert {end for passed, end in ends if passed} == {AnswerLost, StepError}
    assert [end for passed, end in ends if not passed].count(StepError) < 5


@pytest.mark.parametrize("kind", WAYS)
def test_an_attempt_that_ends_at_any_wait_has_left_only_behind_that_line(kind, context):
    """A deadline, or a second interrupt, at each place where an attempt waits."""
    ends = all_ends(kind, context, "wait")
    assert ends == sorted(ends, key=lambda one: one[0])
    assert {(passed, end) for passed, end in ends} <= {(False, NeverSent), (True, AnswerLost)}
    assert len(ends) >= WAYS[kind]
