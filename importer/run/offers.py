"""The offers that rows may name, asked of the API before anything is posted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from importer.run.opening import usable

if TYPE_CHECKING:
    from importer.model import Listener
    from importer.settings import Settings


def allowed_offers(settings: Settings, listener: Listener) -> frozenset[str] | None:
    """The names of the account's offers, with `check_offers`; None where any offer may be sent.

    Raises:
        SettingsError: the list cannot be had, with the key, address and network as they are.
    """
    if not settings.check_offers:
        return None
    listener.stage("Asking for the offers of the account")
    return asyncio.run(_asked(usable(settings)))


async def _asked(settings: Settings) -> frozenset[str]:
    from importer.api import Client, offers_of_account  # noqa: PLC0415 - what speaks HTTP takes long to load

    client = Client(settings.base_url, settings.api_key, timeout_s=settings.timeout_s)
    try:
        return await offers_of_account(client, attempts=settings.attempts)
    finally:
        await client.aclose()
