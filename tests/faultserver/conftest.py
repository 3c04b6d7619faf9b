"""The fault server in a thread, and connections to it."""

from __future__ import annotations

import contextlib
import http.client

import pytest

from tests.faultserver.plan import plan
from tests.faultserver.server import FaultServer


@pytest.fixture
def serve():
    """Start in-thread servers: `serve(rule(...), limit=...)`."""
    with contextlib.ExitStack() as stack:
        yield lambda *rules, **options: stack.enter_context(FaultServer(plan(*rules, **options)))


@pytest.fixture
def link():
    """Open a keep-alive connection: `link(server)`."""
    with contextlib.ExitStack() as stack:
        yield lambda server: stack.enter_context(
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5))
        )
