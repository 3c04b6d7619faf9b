"""A stand-in for the vendor's API, served over real HTTP on this computer: to try the importer, and to test it.

    with Sandbox(SandboxSettings(server_error_rate=0.01)) as box:
        ...                    # import into box.url
        box.ledger()           # what was really stored

It follows the vendor's API documentation: the same checks, the same codes, no idempotency, no way back. What it
stored it writes to a ledger before it answers, and faults can be chosen, so that what an importer *believes* can be
compared with what *happened*. For that reason it shares nothing with the rest of the package that knows of the API.

| module | role |
|---|---|
| `settings` | `SandboxSettings` and `Faults`: every choice, checked |
| `api` | what a request means: the documented rules, codes and answers |
| `offers` | the invented offers that `GET /v2/offers` lists |
| `ledger` | what was stored |
| `faults` | which request meets which fault |
| `app` | the ASGI application: from request to answer |
| `server` | uvicorn in a thread: `Sandbox` and `serve` |

Unknown messages: every message id of eight characters `[0-9A-Za-z_-]` is a message that was sent, except those that
begin with `zz`; or exactly those of a file (`known_ids`).
"""

from __future__ import annotations

from importer.sandbox.server import Sandbox as Sandbox
from importer.sandbox.server import serve as serve
from importer.sandbox.settings import Faults as Faults
from importer.sandbox.settings import SandboxSettings as SandboxSettings
