"""Live progress as server-sent events: what `/imports/{id}.json` says, whenever it has changed."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from importer.web.site import Call

_LOOK_S = 1.0
_LIFE_S = 300.0  # a browser comes again by itself; one that is gone without a word does not stay here for ever
_BEAT_LOOKS = 15


async def events(call: Call) -> Response:
    """The stream; it ends when nothing goes on with the import, when the session does, and after some minutes."""
    call.desk.look(call.id)
    return StreamingResponse(_events(call), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(call: Call) -> AsyncIterator[str]:
    secret, began, last = call.site.secret(call.request), time.monotonic(), ""
    looks = 0
    yield "retry: 2000\n\n"
    while time.monotonic() - began < _LIFE_S and call.site.sessions.user(secret, touch=False) is not None:
        view = await run_in_threadpool(call.desk.look, call.id)
        text = json.dumps(view.fields())
        if text != last:
            yield f"event: state\ndata: {text}\n\n"
            last = text
        elif looks % _BEAT_LOOKS == 0:
            yield ": still here\n\n"
        if view.state != "running" and not view.busy and not view.waiting:
            yield "event: end\ndata: {}\n\n"
            return
        looks += 1
        await asyncio.sleep(_LOOK_S)
