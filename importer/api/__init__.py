"""One request to Trackly's API, and its outcome. Knows nothing of a row's history, and waits for nothing.

client       one request: a row or a batch → its outcome
outcome      the kinds of outcomes, and the evidence
meaning      the whole table of what an answer means; bulk: the same for the vendor's bulk endpoint
answer_json  the JSON of an answer, and the words of an error in it
body         rows → JSON bodies
target       the base URL in one form, and the short name of the API that results keep
key          where the API key may come from, and what it may look like
environment  proxies and trusted certificates, as the system has them
retry_after  what a `Retry-After` says; page_title: what a page says that came instead of JSON
wire/        HTTP/1.1, and whether a request may have left this machine
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.api.body import json_bodies as json_bodies
    from importer.api.bulk import bulk_body as bulk_body
    from importer.api.bulk import judge_bulk as judge_bulk
    from importer.api.client import ANSWER_MAX_BYTES as ANSWER_MAX_BYTES
    from importer.api.client import Client as Client
    from importer.api.client import request_headers as request_headers
    from importer.api.environment import check_environment as check_environment
    from importer.api.environment import environment_proxy as environment_proxy
    from importer.api.key import KEY_WAYS as KEY_WAYS
    from importer.api.key import VARIABLE as VARIABLE
    from importer.api.key import exposure as exposure
    from importer.api.key import forbid_core_dumps as forbid_core_dumps
    from importer.api.key import has_documented_form as has_documented_form
    from importer.api.key import holds_key as holds_key
    from importer.api.key import read_api_key as read_api_key
    from importer.api.outcome import Outcome as Outcome
    from importer.api.outcome import OutcomeKind as OutcomeKind
    from importer.api.target import DEFAULT_TARGET as DEFAULT_TARGET
    from importer.api.target import SANDBOX_TARGET as SANDBOX_TARGET
    from importer.api.target import is_loopback as is_loopback
    from importer.api.target import normalise_base_url as normalise_base_url
    from importer.api.target import same_target as same_target
    from importer.api.target import target_name as target_name
    from importer.api.wire import Transport as Transport

_HOMES = {
    "json_bodies": "body",
    "bulk_body": "bulk",
    "judge_bulk": "bulk",
    "ANSWER_MAX_BYTES": "client",
    "Client": "client",
    "Outcome": "outcome",
    "OutcomeKind": "outcome",
    "request_headers": "client",
    "check_environment": "environment",
    "environment_proxy": "environment",
    "KEY_WAYS": "key",
    "VARIABLE": "key",
    "exposure": "key",
    "forbid_core_dumps": "key",
    "has_documented_form": "key",
    "holds_key": "key",
    "read_api_key": "key",
    "DEFAULT_TARGET": "target",
    "SANDBOX_TARGET": "target",
    "is_loopback": "target",
    "normalise_base_url": "target",
    "same_target": "target",
    "target_name": "target",
    "Transport": "wire",
}
__all__ = [*_HOMES]  # noqa: PLE0604 - the names that `__getattr__` finds


def __getattr__(name: str) -> object:
    """Import a name when it is first used: what speaks HTTP takes long to load, and a check or `--help` need none."""
    if name not in _HOMES:
        raise AttributeError(f"module 'importer.api' has no attribute {name!r}")
    return getattr(import_module(f"importer.api.{_HOMES[name]}"), name)
