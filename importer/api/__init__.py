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

from importer.api.key import (
    KEY_WAYS,
    VARIABLE,
    exposure,
    forbid_core_dumps,
    has_documented_form,
    holds_key,
    read_api_key,
)
from importer.api.target import (
    DEFAULT_TARGET,
    SANDBOX_TARGET,
    is_loopback,
    normalise_base_url,
    same_target,
    target_name,
)

if TYPE_CHECKING:
    from importer.api.body import json_bodies
    from importer.api.client import Client
    from importer.api.environment import check_environment
    from importer.api.outcome import Outcome, OutcomeKind

__all__ = [
    "DEFAULT_TARGET",
    "KEY_WAYS",
    "SANDBOX_TARGET",
    "VARIABLE",
    "Client",
    "Outcome",
    "OutcomeKind",
    "check_environment",
    "exposure",
    "forbid_core_dumps",
    "has_documented_form",
    "holds_key",
    "is_loopback",
    "json_bodies",
    "normalise_base_url",
    "read_api_key",
    "same_target",
    "target_name",
]

_LOADED_WHEN_USED = {
    "Client": "client",
    "Outcome": "outcome",
    "OutcomeKind": "outcome",
    "check_environment": "environment",
    "json_bodies": "body",
}


def __getattr__(name: str) -> object:
    """Import what speaks HTTP or TLS, or needs polars, when it is first used: `--help` and a check need none of it."""
    if name not in _LOADED_WHEN_USED:
        raise AttributeError(f"module 'importer.api' has no attribute {name!r}")
    return getattr(import_module(f"importer.api.{_LOADED_WHEN_USED[name]}"), name)
