"""The kinds of values that options have: what each may be from Python, and how it is read from what somebody typed."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from importer.errors import SettingsError
from importer.text import is_text

MAX_SHARDS = 10_000


class Kind:
    """What all kinds have. `wanted` ends the sentence "it must be …"."""

    @property
    def wanted(self) -> str:
        """What a value must be, in words."""
        raise NotImplementedError

    def settle(self, value: object) -> object:
        """Return a value that a caller from Python gives in its one form.

        Raises:
            TypeError: it is no such value.
            ValueError: it is one that cannot be used.
        """
        raise NotImplementedError

    def parse(self, text: str) -> object:
        """Return the value that somebody typed.

        Raises:
            SettingsError: it is none; the sentence is for who typed it.
        """
        return text


class Text(Kind):
    """Any text."""

    wanted = "a text"

    def settle(self, value: object) -> str:
        """The text, as it is."""
        if not isinstance(value, str):
            raise TypeError
        return value


class Flag(Kind):
    """Yes or no."""

    wanted = "True or False"

    def settle(self, value: object) -> bool:
        """Not 0 or 1: those are numbers."""
        if not isinstance(value, bool):
            raise TypeError
        return value


@dataclass(frozen=True, slots=True)
class OneOf(Kind):
    """One of the words of a `Literal` (a form for which typing has no type)."""

    literal: Any

    @property
    def words(self) -> tuple[str, ...]:
        """The words in their order."""
        return get_args(self.literal)

    @property
    def wanted(self) -> str:
        """All words."""
        return f"one of {', '.join(self.words)}"

    def settle(self, value: object) -> str:
        """One of the words, to the letter."""
        if not isinstance(value, str) or value not in self.words:
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number from `least` to `most`; None is no end."""

    least: int
    most: int | None = None

    @property
    def wanted(self) -> str:
        """Both ends, where there are two."""
        return f"a whole number from {self.least}" + ("" if self.most is None else f" to {self.most}")

    def settle(self, value: object) -> int:
        """The number; True and False are none."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError
        if value < self.least or (self.most is not None and value > self.most):
            raise ValueError
        return value


class Size(Kind):
    """A number of bytes, typed with a unit."""

    wanted = "a whole number from 1"

    def settle(self, value: object) -> int:
        """The number."""
        return Whole(1).settle(value)

    def parse(self, text: str) -> int:
        """Read `500MB`, 500 times a million bytes, or `64GiB`, 64 times 2^30."""
        found = re.fullmatch(r"([0-9]{1,12}) ?([KMGT]?)(i?)B?", text, re.IGNORECASE)
        if not found or not int(found[1]):
            raise SettingsError(f"'{text}' is not a size such as 500MB or 64GiB.")
        unit: int = (1024 if found[3] else 1000) ** " KMGT".index(found[2].upper() or " ")
        return int(found[1]) * unit


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A finite number from 0, or above 0."""

    above_zero: bool = False

    @property
    def wanted(self) -> str:
        """Whether 0 is one."""
        return "a finite number above 0" if self.above_zero else "a finite number, not below 0"

    def settle(self, value: object) -> float:
        """The number; True and False are none."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise TypeError
        if not math.isfinite(value) or value < 0 or (self.above_zero and value == 0):
            raise ValueError
        return value


@dataclass(frozen=True, slots=True)
class File(Kind):
    """The path of a file to be written, with one of the `suffixes` where there are any."""

    suffixes: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """The endings too."""
        return f"a path that ends in {' or '.join(self.suffixes)}" if self.suffixes else "a path"

    def settle(self, value: object) -> Path:
        """The path, which may be a text; an empty one is none."""
        if not isinstance(value, str | os.PathLike) or not str(value):
            raise TypeError
        path = Path(value)
        if self.suffixes and path.suffix.lower() not in self.suffixes:
            raise ValueError
        return path


class Texts(Kind):
    """Several texts or paths; one alone needs no list."""

    wanted = "a list of texts"

    def settle(self, value: object) -> tuple[str, ...]:
        """All as texts."""
        several = [value] if isinstance(value, str | os.PathLike) else value
        if not isinstance(several, Iterable):
            raise TypeError
        texts = tuple(os.fspath(one) for one in several)
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
        return texts


class ByField(Kind):
    """A text for each of some fields; whether the names are those of fields shows when they meet a file."""

    wanted = "a mapping of fields to texts in UTF-8"

    def settle(self, value: object) -> Mapping[str, str]:
        """The mapping, as it is."""
        if not isinstance(value, Mapping):
            raise TypeError
        if not all(isinstance(text, str) and is_text(text) for text in (*value, *value.values())):
            raise ValueError
        return value

    def parse(self, text: str) -> tuple[str, str]:
        """Read one pair, `FIELD=TEXT`."""
        from importer.model import FIELDS  # noqa: PLC0415 - not needed to start up

        name, equals, value = text.partition("=")
        field = re.sub(r"[-\s]", "_", name.strip().lower())
        if field not in FIELDS:
            import difflib  # noqa: PLC0415 - not needed to start up

            close = difflib.get_close_matches(field, FIELDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise SettingsError(f"'{name}' is not a field.{hint} The fields are {', '.join(FIELDS)}.")
        if not equals or not value.strip():
            raise SettingsError(f"'{text}' lacks the part after the field: {field}=…")
        return field, value.strip()


class Amount(Kind):
    """A sum of money, exact: digits, and at most 18 more behind a decimal point."""

    wanted = "a plain amount such as '1234.50', without thousands separators"

    def settle(self, value: object) -> Decimal:
        """The amount, which may be a text or a whole number; a float is not exact."""
        text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        if isinstance(value, float | bool) or not re.fullmatch(r"[0-9]{1,30}(\.[0-9]{1,18})?", text):
            raise ValueError
        return Decimal(text)

    def parse(self, text: str) -> Decimal:
        """Read it as from Python."""
        try:
            return self.settle(text)
        except ValueError:
            raise SettingsError(
                f"'{text}' is not a plain amount: write 1234.50, without thousands separators."
            ) from None


class Part(Kind):
    """Which of how many parts of the input, counted from 1: `(2, 4)`, typed `2/4`."""

    wanted = f"(i, n) with 1 <= i <= n <= {MAX_SHARDS:,}"

    def settle(self, value: object) -> tuple[int, int]:
        """The pair."""
        match value:
            case (int() as part, int() as parts) if not isinstance(part, bool) and 1 <= part <= parts <= MAX_SHARDS:
                return part, parts
        raise ValueError

    def parse(self, text: str) -> tuple[int, int]:
        """Read the two numbers around the slash."""
        found = re.fullmatch(r"([0-9]{1,5})/([0-9]{1,5})", text)
        try:
            return self.settle((int(found[1]), int(found[2])) if found else None)
        except ValueError:
            raise SettingsError(f"'{text}' is not I/N with 1 <= I <= N <= {MAX_SHARDS}, such as 1/4.") from None


class Delimiter(Kind):
    r"""One ASCII character that is no letter, digit, quote or line end; `tab` and `\t` are names of one."""

    wanted = "one ASCII character, such as , ; | or tab"

    def settle(self, value: object) -> str:
        """The character; for a text that is none there is a sentence of its own."""
        if not isinstance(value, str):
            raise TypeError
        text = "\t" if value.lower() in {"tab", "\\t"} else value
        if len(text) != 1 or not text.isascii() or text.isalnum() or text in '"\r\n\0':
            raise SettingsError(f"--delimiter {value!r} cannot be used: give {self.wanted}.")
        return text

    def parse(self, text: str) -> str:
        """Read it as from Python."""
        try:
            return self.settle(text)
        except SettingsError:
            raise SettingsError(f"'{text}' is not one character such as , ; | or tab.") from None
