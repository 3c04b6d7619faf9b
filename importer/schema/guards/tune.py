"""Exports of TUNE, by their headers: Trackly fetches the same conversions every hour, seven days back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.schema.column_names import plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUB_IDS = {"partner_sub_id_1", "affiliate_sub_id_1"}
_WITH = {"payout", "transaction_id"}


def refuse_tune(header: Sequence[str], source: str) -> None:
    """Raise `InputError` for a header that is TUNE's."""
    names = {*map(plain_name, header)}
    if _SUB_IDS & names and names >= _WITH:
        sub_id = next(name for name in header if plain_name(name) in _SUB_IDS)
        raise InputError(
            f"{source} is an export of TUNE, by its columns {sub_id.strip()}, Payout and Transaction ID: Trackly "
            "fetches TUNE's conversions itself, every hour and seven days back, so they would count twice. Nothing was "
            "posted. If this account has no such link, or the conversions are older than it, --allow-tune goes on."
        )
