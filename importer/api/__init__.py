"""One request to Trackly's API, and its outcome. Knows nothing of a row's history, and waits for nothing.

client       one request: a row or a batch → its outcome
outcome      the kinds of outcomes, and the evidence
meaning      the whole table of what an answer means; bulk: the same for the vendor's bulk endpoint
offers       the offers of the account
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

from importer.api.key import KEY_WAYS as KEY_WAYS
from importer.api.key import VARIABLE as VARIABLE
from importer.api.key import exposure as exposure
from importer.api.key import forbid_core_dumps as forbid_core_dumps
from importer.api.key import has_documented_form as has_documented_form
from importer.api.key import read_api_key as read_api_key
from importer.api.target import SANDBOX_TARGET as SANDBOX_TARGET
from importer.api.target import normalise_base_url as normalise_base_url
from importer.api.target import one_name as one_name
from importer.api.target import same_target as same_target
from importer.api.target import target_name as target_name

if TYPE_CHECKING:
    from importer.api.body import json_bodies as json_bodies
    from importer.api.client import Client as Client
    from importer.api.environment import allow_connections as allow_connections
    from importer.api.environment import check_environment as check_environment
    from importer.api.offers import offers_of_account as offers_of_account
    from importer.api.outcome import Outcome as Outcome
    from importer.api.outcome import OutcomeKind as OutcomeKind
    from importer.api.wire import MakesOpener as MakesOpener
    from importer.api.wire import Opener as Opener

_LOADED_WHEN_USED = {
    "Client": "client",
    "Opener": "wire",
    "Outcome": "outcome",
    "OutcomeKind": "outcome",
    "allow_connections": "environment",
    "check_environment": "environment",
    "json_bodies": "body",
    "offers_of_account": "offers",
}


def __getattr__(name: str) -> object:
    """Import what speaks HTTP or TLS, or needs polars, when it is first used: `--help` and a check need none of it."""
    if name not in _LOADED_WHEN_USED:
        raise AttributeError(f"module 'importer.api' has no attribute {name!r}")
    return getattr(import_module(f"importer.api.{_LOADED_WHEN_USED[name]}"), name)
