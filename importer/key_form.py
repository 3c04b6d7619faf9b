"""What an API key looks like, so that one in the wrong place is known for one and not repeated."""

from __future__ import annotations

import re

_DOCUMENTED = re.compile(r"trk_[0-9A-Za-z]{32}")
# A key that was cut short or doubled counts only as a whole argument: file names begin like that too.
_WITHIN = re.compile(rf"{_DOCUMENTED.pattern}|(?:\A|=)trk_[0-9A-Za-z]{{16,64}}\Z")


def has_documented_form(key: str) -> bool:
    """Tell whether the key is `trk_` and 32 alphanumerics, as the vendor's API documentation shows it."""
    return _DOCUMENTED.fullmatch(key) is not None


def holds_key(text: str) -> bool:
    """Tell whether a text (an argument, a file name, a file) holds what looks like an API key."""
    return _WITHIN.search(text) is not None
