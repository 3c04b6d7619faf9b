"""The names of a file's columns, and the ways to find one of them."""

from __future__ import annotations

import difflib
import re
import shlex
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.schema.cells import ZERO_WIDTH
from importer.schema.columns.known_names import OTHER_NAMES, is_like, is_unlike, without_accents

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

REASONS = ("error_code", "error_message")  # the columns of a rejects file that say why
EQUAL_BEFORE = "equal_before"  # and the one that it may have: how many equal rows are not in the file
# What only resembles an optional field must do so closely: an order is no offer.
CLOSE, VERY_CLOSE = 0.6, 0.8
_NAMES_SHOWN = 20
_SHOWN_CHARACTERS = 40
_ZERO_WIDTH = re.compile(f"[{ZERO_WIDTH}]")
_WRAPPED = re.compile(r'="([^"]+)"')
_ZONE = re.compile(
    r"time_?zone|zeitzone|(?:^|_)(?:tz|utc_offset|gmt_offset|tijdzone)(?:_|$)|fuseau|huso_horario|fuso_orario|fuso_horario"
)
_NUMBER_BEHIND = re.compile(r" \(column [0-9]+\)$")
_WITH_NUMBER = re.compile(r"(.*)\(column ([1-9][0-9]{0,5})\)|column ([1-9][0-9]{0,5})", re.IGNORECASE)


class ColumnNotFoundError(InputError):
    """A column is not in the header."""


class ColumnNames:
    """The names of a file's columns, and the ways to find one."""

    def __init__(self, header: Sequence[str], source_name: str) -> None:
        self.source_name = source_name
        self.exact = [_bare(name) for name in header]
        self.plain = [plain_name(name) for name in header]
        self._words = [without_accents(word_name(name)) for name in header]
        self._counts = Counter(self.exact)
        ends = tuple(self.exact[-2:]), tuple(self.exact[-3:])
        is_like_rejects = REASONS in ends or (*REASONS, EQUAL_BEFORE) in ends
        self._added = frozenset((*REASONS, EQUAL_BEFORE) if is_like_rejects else ())

    def own_column(self, field: str, taken: Collection[int]) -> int | None:
        """Return the column that has a field's own name, of those not taken.

        Raises:
            InputError: there are several.
        """
        found = self.named(field, taken)
        if len(found) > 1:
            which = " and ".join(f"{safe_name(self.exact[i])} (column {i + 1})" for i in found)
            maps = " or ".join(self.map_of(field, i) for i in found)
            raise InputError(f"{self.source_name} has {len(found)} columns for {field}: {which}. Choose with {maps}.")
        return found[0] if found else None

    def map_of(self, field: str, position: int) -> str:
        """Write the option that takes a field from a column."""
        return f"--map {field}={shlex.quote(self.title(position))}"

    def has(self, wanted: str) -> bool:
        """Tell whether a column is called so."""
        return bool(self.like(wanted))

    def title(self, position: int) -> str:
        """Write the name by which an option means this column alone: with its number where others have it, or none."""
        name = self.exact[position]
        if not name or not name.isprintable():
            return f"column {position + 1}"
        if self._counts[name] == 1 and name != "!" and not self._begins_another(position):
            return name
        return f"{safe_name(name)} (column {position + 1})"

    def _begins_another(self, position: int) -> bool:
        """Whether another name goes on after this one as a condition does: `Status` beside `Status!`, `Status=x`."""
        return any(name.startswith((f"{self.plain[position]}!", f"{self.plain[position]}=")) for name in self.plain)

    def find(self, wanted: str, option: str) -> int:
        """Return the position of the column that an option names: to the letter, or else as headers match.

        Raises:
            InputError: there is none, or more than one.
        """
        found = self.like(wanted)
        if len(found) == 1:
            return found[0]
        if found:
            one = " or ".join(repr(self.title(i)) for i in found)
            raise InputError(
                f"{option}: {self.source_name} has {len(found)} columns named {safe_name(wanted)!r}. Name one: {one}."
            )
        match = difflib.get_close_matches(plain_name(wanted), self.plain, n=1)
        hint = f" Did you mean {self.shown(self.plain.index(match[0]))}?" if match else ""
        raise ColumnNotFoundError(f"{self.no_column(wanted, option)}.{hint} {self.listing()}")

    def no_column(self, wanted: str, option: str) -> str:
        """That there is none that an option names, as the beginning of a sentence."""
        return f"{option}: {self.source_name} has no column {safe_name(wanted)!r}"

    def like(self, wanted: str) -> list[int]:
        """Return the positions of the columns of a name: to the letter, or else as headers match, or by number."""
        found = [i for i, name in enumerate(self.exact) if name == wanted.strip()]
        found = found or [i for i, name in enumerate(self.plain) if name == plain_name(wanted)]
        return found or self._numbered(wanted)

    def _numbered(self, wanted: str) -> list[int]:
        """The column of a title as `title` writes them: what stands before the number must be its name.

        A number alone is that of a column without a name, or with one that cannot be typed.
        """
        match = _WITH_NUMBER.fullmatch(wanted.strip())
        position = int(match[2] or match[3]) - 1 if match else -1
        if match is None or not 0 <= position < len(self.exact):
            return []
        name = (match[1] or "").strip()
        if not name and not self.exact[position].isprintable():
            return [position]
        is_it = plain_name(name) == self.plain[position] or name == safe_name(self.exact[position])
        return [position] if is_it else []

    def nearest(self, field: str, taken: Collection[int], cutoff: float = CLOSE) -> int | None:
        """Return the column that may hold a field by another name."""
        others = [*reversed(self.others(taken))]
        free = {name: i for i in others for name in self._called(i)}
        known = next((name for name in (field, *OTHER_NAMES.get(field, ())) if name in free), None)
        match = [known] if known else difflib.get_close_matches(field, free, n=1, cutoff=cutoff)
        match = match or [name for name in free if is_like(field, name)][-1:]
        return free[match[0]] if match else None

    def likeness(self, field: str, position: int) -> int:
        """Say how much the name of a column is like those of a field: 2 as others call it, 1 somewhat, 0 not."""
        names = self._called(position)
        if not {*names}.isdisjoint(OTHER_NAMES.get(field, ())):
            return 2
        is_close = difflib.get_close_matches(field, names, n=1, cutoff=CLOSE)
        return int(bool(is_close) or any(is_like(field, name) for name in names))

    def is_of_another(self, field: str, position: int) -> bool:
        """Tell whether a column by its name plainly is something else than a field: a fee, a date of refunds."""
        return any(is_unlike(field, name) for name in self._called(position))

    def is_called_zone(self, position: int) -> bool:
        """Tell whether a column is called a zone of time."""
        return any(map(_ZONE.search, self._called(position)))

    def _called(self, position: int) -> tuple[str, ...]:
        """The name of a column without accents, as it stands and by its words: `datetime` and `dateTime` are known."""
        return without_accents(self.plain[position]), self._words[position]

    def named(self, name: str, taken: Collection[int]) -> tuple[int, ...]:
        """Return the positions of the columns with this name in its plain form, of those not taken."""
        return tuple(i for i, found in enumerate(self.plain) if found == name and i not in taken)

    def others(self, taken: Collection[int]) -> list[int]:
        """Return the positions of the columns that are not taken, nor as if a rejects file had added them."""
        return [i for i in self.all_but(taken) if self.exact[i] not in self._added]

    def all_but(self, taken: Collection[int]) -> list[int]:
        """Return the positions of the columns that are not taken."""
        return [i for i in range(len(self.exact)) if i not in taken]

    def shown(self, position: int) -> str:
        """Write the name of a column for a message: with its number where others have it."""
        if self._counts[self.exact[position]] > 1:
            return self.title(position)
        return _with_unseen(self.exact[position]) or f"column {position + 1}"

    def listing(self) -> str:
        """Write the sentence that lists all columns."""
        return shown_names([name or f"column {i}" for i, name in enumerate(self.exact, 1)])


def shown_names(names: Sequence[str]) -> str:
    """Write the sentence that lists a file's columns."""
    shown, more = [_with_unseen(name) for name in names[:_NAMES_SHOWN]], len(names) - _NAMES_SHOWN
    return f"Columns found: {', '.join(shown) or 'none'}{f' and {more:,} more' if more > 0 else ''}."


def plain_name(name: str) -> str:
    """Write a header cell as headers are compared: without regard to case and separators."""
    return re.sub(r"[-\s]", "_", _bare(name)).casefold()


def bare(title: str) -> str:
    """A column's name without the number that tells it from others of that name."""
    return _NUMBER_BEHIND.sub("", title)


def word_name(name: str) -> str:
    """Write a header cell by its words, `is_refunded`: they are told apart by space, signs and capitals.

    So `isRefunded`, `Is-Refunded` and `is.refunded` say the same; `orderID` is `order_id`, and `IBANCode` `iban_code`.
    """
    return re.sub(r"[-\s_.:]+", "_", _at_capitals(unicodedata.normalize("NFC", _bare(name)))).strip("_").casefold()


def plain_words(title: str) -> str:
    """The words of a column's own name (see `word_name` and `bare`), without accents."""
    return without_accents(word_name(bare(title)))


def _at_capitals(name: str) -> str:
    around = zip(f" {name}", name, f"{name[1:]} ", strict=False)
    return "".join(f" {one}" if _begins_a_word(before, one, after) else one for before, one, after in around)


def _begins_a_word(before: str, one: str, after: str) -> bool:
    return one.isupper() and (before.islower() or before.isdigit() or (before.isupper() and after.islower()))


def _bare(name: str) -> str:
    """Take off space around a name, and characters without a width, which nobody sees, wherever they are.

    And what some programs put around each cell, `="…"`, as is done with the cells below.
    """
    bare = _ZERO_WIDTH.sub("", name).strip(" \t\r\n\xa0")
    return wrapped[1].strip() if (wrapped := _WRAPPED.fullmatch(bare)) else bare


def safe_name(name: str) -> str:
    """Write the name on one line, without what a terminal would obey, and not too long."""
    short = name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…"
    return "".join(character if character.isprintable() else "\ufffd" for character in short)


def _with_unseen(name: str) -> str:
    """The safe name, and behind it the code point of the first character that cannot be seen."""
    unseen = next((character for character in name if not character.isprintable()), None)
    return safe_name(name) + (f" (with U+{ord(unseen):04X})" if unseen else "")
