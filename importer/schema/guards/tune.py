"""Exports of TUNE, by their headers: Trackly fetches the same conversions every hour, seven days back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.schema.columns import plain_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUB_IDS = {"partner_sub_id_1", "affiliate_sub_id_1"}
_WITH = {"payout", "transaction_id"}
_COUNTS_TWICE = (
    ": Trackly fetches TUNE's conversions itself, every hour and seven days back, so they would count twice. Nothing "
    "was posted. If this account has no such link, or the conversions are older than it, --allow-tune goes on."
)
_PROVES_NOTHING = (
    ". It tells what TUNE has, and nothing of what Trackly stored of the rows that were posted: a line proves no post, "
    "as Trackly fetches TUNE's conversions itself, and a line that it lacks proves nothing either. Nothing was "
    "compared. Give Trackly's own export, row by row."
)


def refuse_tune(header: Sequence[str], source: str) -> None:
    """Raise `InputError` for a header that is TUNE's: its conversions would count twice."""
    _refuse(header, source, _COUNTS_TWICE)


def refuse_tune_as_records(header: Sequence[str], source: str) -> None:
    """Raise `InputError` for a header that is TUNE's, where the records of what was posted are asked for."""
    _refuse(header, source, _PROVES_NOTHING)


def _refuse(header: Sequence[str], source: str, why: str) -> None:
    names = {*map(plain_name, header)}
    if not _SUB_IDS & names or not names >= _WITH:
        return
    sub_id = next(name for name in header if plain_name(name) in _SUB_IDS)
    raise InputError(f"{source} is an export of TUNE, by its columns {sub_id.strip()}, Payout and Transaction ID{why}")
