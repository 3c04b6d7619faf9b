"""The kinds of values that options have: what each may be from Python, and how it is read from what somebody typed.

Those with a notation of their own are in `notations`.
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from importer.errors import SettingsError
from importer.text import is_text


class Kind:
    """What all kinds can do. `typed` says, behind "it is not", what somebody should have typed."""

    typed = "of use"

    def settle(self, value: object) -> object:
        """Return a value that a caller from Python gives in its one form.

        Raises:
            ValueError: it cannot be used; the text ends the sentence "it must be …".
        """
        raise NotImplementedError

    def read(self, text: str) -> object:
        """Return what a typed text stands for."""
        return text

    def to_json(self, value: Any) -> object:
        """Return how a settled value stands in the journal: of JSON's own types, a tuple as a list."""
        return value

    def parse(self, text: str) -> object:
        """Return the value that somebody typed.

        Raises:
            SettingsError: it cannot be used.
        """
        try:
            return self.settle(self.read(text))
        except (ValueError, SettingsError):
            raise SettingsError(f"'{text}' is not {self.typed}.") from None


class Text(Kind):
    """Any text."""

    def settle(self, value: object) -> str:
        """The text, as it is."""
        if isinstance(value, str):
            return value
        raise ValueError("a text")


class Flag(Kind):
    """Yes or no."""

    def settle(self, value: object) -> bool:
        """Not 0 or 1: those are numbers."""
        if isinstance(value, bool):
            return value
        raise ValueError("True or False")


class OneOf(Kind):
    """One of the `words` of a `Literal` (a form for which typing has no type)."""

    def __init__(self, literal: Any) -> None:
        self.words: tuple[str, ...] = get_args(literal)

    def settle(self, value: object) -> str:
        """One of the words, to the letter."""
        if isinstance(value, str) and value in self.words:
            return value
        raise ValueError(f"one of {', '.join(self.words)}")


class Whole(Kind):
    """A whole number from `least` to `most`; None is no end."""

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least = least
        self.most = most

    def settle(self, value: object) -> int:
        """The number; True and False are none."""
        most = math.inf if self.most is None else self.most
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= most:
            return value
        raise ValueError(f"a whole number from {self.least}" + ("" if self.most is None else f" to {self.most}"))


class Number(Kind):
    """A finite number from 0, or above 0."""

    def __init__(self, *, above_zero: bool = False) -> None:
        self.above_zero = above_zero

    def settle(self, value: object) -> float:
        """The number; True and False are none."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            is_enough = value > 0 if self.above_zero else value >= 0
            if is_enough and math.isfinite(value):
                return value
        raise ValueError("a finite number above 0" if self.above_zero else "a finite number, not below 0")


class File(Kind):
    """The path of a file to be written, with one of the `suffixes` where there are any."""

    def __init__(self, *suffixes: str) -> None:
        self.suffixes = suffixes

    def settle(self, value: object) -> Path:
        """The path, which may be a text; an empty one is none."""
        path = Path(value) if isinstance(value, str | os.PathLike) and str(value) else None
        if path is not None and (not self.suffixes or path.suffix.lower() in self.suffixes):
            return path
        raise ValueError("a path" + (f" that ends in {' or '.join(self.suffixes)}" if self.suffixes else ""))

    def to_json(self, value: Path) -> str:
        """The path as a text."""
        return str(value)


class Texts(Kind):
    """Several texts or paths; one alone needs no list."""

    def settle(self, value: object) -> tuple[str, ...]:
        """All as texts."""
        several = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        names = [os.fspath(one) if isinstance(one, os.PathLike) else one for one in several]
        texts = tuple(name for name in names if isinstance(name, str))
        if len(texts) == len(names):
            return texts
        raise ValueError("a list of texts")


class Names(Kind):
    """The names of a file's columns, typed with commas between them (one with a comma in it within quotes)."""

    typed = "a list of names with commas between them, such as message_id,revenue,attribution_type"

    def settle(self, value: object) -> tuple[str, ...]:
        """The names; one alone makes no table that could be imported, but is none of our business."""
        names = self.read(value) if isinstance(value, str) else Texts().settle(value)
        if all(map(is_text, names)) and (not names or any(map(str.strip, names))):
            return names
        raise ValueError("a list of the names of columns")

    def read(self, text: str) -> tuple[str, ...]:
        """The cells of a line of CSV."""
        try:
            return tuple(map(str.strip, next(csv.reader([text], strict=True, skipinitialspace=True), [])))
        except csv.Error:
            raise ValueError(self.typed) from None


class ByField(Kind):
    """A text for each of some fields; whether the names are those of fields shows when they meet a file.

    `more` are fields that one command knows besides the five.
    """

    def __init__(self, *more: str) -> None:
        self.more = more

    def settle(self, value: object) -> Mapping[str, str]:
        """The mapping, as it is."""
        if isinstance(value, Mapping):
            texts = [*value, *value.values()]
            if all(isinstance(text, str) and is_text(text) for text in texts):
                return value
        raise ValueError("a mapping of fields to texts in UTF-8")

    def to_json(self, value: Mapping[str, str]) -> dict[str, str]:
        """The mapping as an object."""
        return dict(value)

    def parse(self, text: str) -> tuple[str, str]:
        """Read one pair, `FIELD=TEXT`."""
        from importer.model import FIELDS  # noqa: PLC0415 - not needed to start up

        name, equals, value = text.partition("=")
        field = re.sub(r"[-\s]", "_", name.strip().lower())
        fields = (*FIELDS, *self.more)
        if field not in fields:
            import difflib  # noqa: PLC0415 - not needed to start up

            close = difflib.get_close_matches(field, fields, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise SettingsError(f"'{name}' is not a field.{hint} The fields are {', '.join(fields)}.")
        if not equals or not value.strip():
            raise SettingsError(f"'{text}' lacks the part after the field: {field}=…")
        return field, value.strip()


class Choices(Kind):
    """For each of some fields, the columns that may hold it."""

    def settle(self, value: object) -> Mapping[str, tuple[str, ...]]:
        """The columns as tuples."""
        if isinstance(value, Mapping):
            return {Text().settle(field): Texts().settle(columns) for field, columns in value.items()}
        raise ValueError("a mapping of fields to lists of columns")
