"""How a timestamp may be written: ISO 8601, what the user's strptime format describes, or a number since 1970.

A format becomes one regular expression with a named group for each directive, read as Python's `strptime` reads them.
polars' own parser is not asked: it takes two digits for `%Y`, nanoseconds for `%f`, and refuses `Z` for `%z`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from importer.errors import SettingsError
from importer.schema.time.calendar_names import ANY_DAY, ANY_MONTH, DAYS, DOUBTFUL, MONTHS, TELLING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OFFSET = "(?-i:Z|UTC|GMT)|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?"

_ISO = (
    "^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    "(?:[T ](?<minute>(?:[01][0-9]|2[0-3]):[0-5][0-9])"
    "(?::(?<second>[0-5][0-9])(?:[.,](?<fraction>[0-9]{1,9})0*)?)?"
    f"(?: ?(?<offset>{_OFFSET})(?:\\[(?<place>[A-Za-z][A-Za-z0-9_+/-]*)\\])?)?)?$"
)
# How many digits of a number since 1970 are a fraction of a second.
_EPOCHS = {"epoch-s": 0, "epoch-ms": 3, "epoch-us": 6, "epoch-ns": 9}
_NANOSECONDS = 9

# What a directive reads: the part of a time, the expression for its text (the alternatives are strptime's), and, of
# numbers, the same in full width. With nothing in between, only that tells where one ends and the next begins.
_DIRECTIVES = {
    "Y": ("year", "[0-9]{4}", "[0-9]{4}"),
    "y": ("year", "[0-9]{2}", "[0-9]{2}"),
    "m": ("month", "1[0-2]|0[1-9]|[1-9]", "1[0-2]|0[1-9]"),
    "b": ("month", rf"(?:{ANY_MONTH})\.?", ""),
    "B": ("month", rf"(?:{ANY_MONTH})\.?", ""),
    "d": ("day", "3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9]", "3[01]|[12][0-9]|0[1-9]"),
    "H": ("hour", "2[0-3]|[01][0-9]|[0-9]", "2[0-3]|[01][0-9]"),
    "I": ("hour", "1[0-2]|0[1-9]|[1-9]", "1[0-2]|0[1-9]"),
    "p": ("half of the day", r"[ap](?:m|\.\s?m\.)", ""),
    "M": ("minute", "[0-5][0-9]|[0-9]", "[0-5][0-9]"),
    "S": ("second", "[0-5][0-9]|[0-9]", "[0-5][0-9]"),
    "f": ("fraction", "[0-9]{1,9}", "[0-9]{6}"),
    "z": ("offset", _OFFSET, ""),
    "Z": ("zone", "[A-Za-z]{2,6}|[+-][0-9]{2}(?:[0-9]{2})?", ""),
    "s": ("epoch", "[0-9]{1,12}", ""),
    "a": ("weekday", rf"(?:{ANY_DAY})(?:-feira)?\.?", ""),
    "A": ("weekday", rf"(?:{ANY_DAY})(?:-feira)?\.?", ""),
}
_SHORTHANDS = {
    "F": "%Y-%m-%d",
    "D": "%m/%d/%y",
    "T": "%H:%M:%S",
    "R": "%H:%M",
    "r": "%I:%M:%S %p",
    "e": "%d",
    "h": "%b",
    "n": " ",
    "t": " ",
    **{f"-{letter}": f"%{letter}" for letter in "dmHIMS"},  # no padding: strptime needs none anyway
}
_TOKEN = re.compile(r"%(-?[A-Za-z%]|.?)|(\s+)|([^%\s]+)", re.DOTALL)
# What may stand behind the number of a day where the month has a name: 1st, 2nd, 1er, 1º.
_ORDINAL = r"(?:st|nd|rd|th|er|\.?[ºª°]|ste|e)?"
_NEEDS = {"minute": "hour", "second": "minute", "fraction": "second", "offset": "hour", "zone": "hour"}


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A way to write a timestamp. `text` is the user's format, None for ISO 8601."""

    text: str | None
    _pattern: str

    def read(self, cells: pl.Series) -> pl.DataFrame:
        """Take the cells apart.

        Columns, null where the cell is not written so (and where the part is not given): `date` (`YYYY-MM-DD`, perhaps
        no real one), `clock` (`hh:mm:ss`, which says nothing where there is no date), `epoch` (seconds since 1970 in
        UTC, instead of both), `fraction` (digits), `offset` (`Z`, `UTC`, `GMT`, `±hh`, `±hhmm`, `±hh:mm`), `zone` (an
        abbreviation), `place` (a zone's name behind the offset).
        """
        groups = cells.str.extract_groups(self._pattern).struct.unnest()
        if self.text is None:
            return _of_iso(groups)
        if self.text in _EPOCHS:
            return _of_number(groups, _EPOCHS[self.text])
        groups = groups.with_columns(_NOTHING.alias(name) for name in _DIRECTIVES if name not in groups.columns)
        groups = _without_doubtful_months(groups)
        groups = _on_their_weekdays(groups)
        epoch = pl.col("s").cast(pl.Int64)
        utc = pl.when(epoch.is_not_null()).then(pl.lit("Z"))
        return groups.select(
            date=_date(),
            clock=_clock(),
            epoch=epoch,
            fraction="f",
            offset=pl.coalesce("z", utc),
            zone="Z",
            place=_NOTHING,
        )


_NOTHING = pl.lit(None, pl.String)


def _of_iso(groups: pl.DataFrame) -> pl.DataFrame:
    clock = pl.col("minute") + ":" + pl.col("second").fill_null("00")
    clock = pl.when(pl.col("date").is_not_null()).then(clock.fill_null("00:00:00"))
    epoch = _NOTHING.cast(pl.Int64)
    return groups.select("date", "fraction", "offset", "place", clock=clock, epoch=epoch, zone=_NOTHING)


def _of_number(groups: pl.DataFrame, decimals: int) -> pl.DataFrame:
    """Take a number of seconds, or of their thousandths or millionths, apart."""
    digits = pl.col("number").str.zfill(decimals + 1)
    whole = digits.str.len_bytes().cast(pl.Int32) - decimals
    fraction = digits.str.slice(whole) + pl.col("f").fill_null("")
    return groups.select(
        date=_NOTHING,
        clock=_NOTHING,
        epoch=digits.str.head(whole).cast(pl.Int64),
        fraction=pl.when(fraction != "").then(fraction),
        offset=pl.when(digits.is_not_null()).then(pl.lit("Z")),
        zone=_NOTHING,
        place=_NOTHING,
    )


def timestamp_formats(texts: str | Iterable[str] | None) -> tuple[TimeFormat, ...]:
    """Return the formats that the user described; none, when it is ISO 8601.

    One text, or None, is what earlier versions recorded.

    Raises:
        SettingsError: no timestamp can be read with one of them, or more than one meaning would be left.

    """
    several = () if texts is None else (texts,) if isinstance(texts, str) else tuple(texts)
    return tuple(_described(text) for text in dict.fromkeys(several))


@functools.cache
def _described(text: str) -> TimeFormat:
    if text in _EPOCHS:
        finer = _NANOSECONDS - _EPOCHS[text]
        return TimeFormat(text, rf"^(?<number>[0-9]{{1,{11 + _EPOCHS[text]}}})(?:\.(?<f>[0-9]{{0,{finer}}})0*)?$")
    tokens = list(_tokens(text.strip(), text))
    _check([name for name, _ in tokens if name], text)
    return TimeFormat(text, f"^(?i:{''.join(_expressions(tokens))})$")


ISO = TimeFormat(None, _ISO)


def _without_doubtful_months(groups: pl.DataFrame) -> pl.DataFrame:
    """No month where its name is two, unless others of these cells tell the language."""
    names = groups.select(_name("b", "B").alias("name"))["name"]
    are_doubtful = names.is_in([*DOUBTFUL])
    if not are_doubtful.any() or names.is_in([*TELLING]).any():
        return groups
    return groups.with_columns(pl.when(~are_doubtful).then(name).alias(name) for name in ("b", "B"))


def _on_their_weekdays(groups: pl.DataFrame) -> pl.DataFrame:
    """Nothing of a cell whose date is of another day of the week than it says: there is no such day."""
    said = _name("a", "A").str.strip_suffix("-feira")
    if groups.select(said.is_null().all()).item():
        return groups
    number = said.replace_strict(DAYS, default=None, return_dtype=pl.Int8)
    is_other = number != _date().str.to_date("%Y-%m-%d", strict=False).dt.weekday()
    return groups.with_columns(
        pl.when(~is_other.fill_null(value=False)).then(name).alias(name) for name in groups.columns
    )


def _date() -> pl.Expr:
    # The turn of the century in two-digit years is POSIX's.
    short = pl.when(pl.col("y") < "69").then(pl.lit("20")).otherwise(pl.lit("19")) + pl.col("y")
    named = _name("b", "B").replace_strict(MONTHS, default=None, return_dtype=pl.Int8).cast(pl.String).str.zfill(2)
    month = pl.coalesce(_two_digits("m"), named)
    return pl.concat_str(pl.coalesce("Y", short), month, _two_digits("d"), separator="-")


def _name(short: str, full: str) -> pl.Expr:
    return pl.coalesce(short, full).str.to_lowercase().str.strip_suffix(".")


def _clock() -> pl.Expr:
    afternoon = pl.when(pl.col("p").str.to_lowercase().str.starts_with("p")).then(12).otherwise(0)
    of_twelve = (pl.col("I").cast(pl.Int64) % 12 + afternoon).cast(pl.String).str.zfill(2)
    parts = (pl.coalesce(_two_digits("H"), of_twelve), _two_digits("M"), _two_digits("S"))
    return pl.concat_str((part.fill_null("00") for part in parts), separator=":")


def _two_digits(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars().str.zfill(2)


def _tokens(text: str, whole: str) -> Iterator[tuple[str, str]]:
    """Yield each directive as its letter and its expression, anything else without a letter; shorthands written out."""
    for name, space, literal in (match.groups() for match in _TOKEN.finditer(text)):
        if space:
            yield "", r"\s+"
        elif literal or name == "%":
            yield "", re.escape(literal or name)
        elif name in _SHORTHANDS:
            yield from _tokens(_SHORTHANDS[name], whole)
        elif name in _DIRECTIVES:
            yield name, _DIRECTIVES[name][1]
        else:
            known = ", ".join(f"%{letter}" for letter in _DIRECTIVES)
            raise _refusal(whole, f"%{name} cannot be read; the directives are {known}")


def _expressions(tokens: list[tuple[str, str]]) -> list[str]:
    expressions: list[str] = []
    letters = ["", *(letter for letter, _ in tokens), ""]
    # Beyond nanoseconds, zeros say nothing.
    idle = {"f": "0*", "d": _ORDINAL if {"b", "B"} & {*letters} else ""}
    for (name, expression), before, after in zip(tokens, letters, letters[2:], strict=False):
        if not name:
            expressions.append(expression)
            continue
        _, _, full_width = _DIRECTIVES[name]
        crowded = _is_number(after) or (_is_number(before) and name != "f")
        alternatives = (full_width or expression) if crowded else expression
        expressions.append(f"(?<{name}>{alternatives})")
        if not crowded:
            expressions.append(idle.get(name, ""))
    return expressions


def _is_number(name: str) -> bool:
    return name in _DIRECTIVES and bool(_DIRECTIVES[name][2])


def _check(directives: list[str], text: str) -> None:
    """Refuse what would leave a part of the time open, or give it twice."""
    parts = [_DIRECTIVES[name][0] for name in directives]
    if not parts:
        known = ", ".join(_EPOCHS)
        raise _refusal(text, f"it has no directives such as %d/%m/%Y %H:%M:%S, and is none of {known}")
    for part in parts:
        if parts.count(part) > 1:
            raise _refusal(text, f"it gives the {part} twice")
        if (needed := _NEEDS.get(part)) and needed not in parts and "epoch" not in parts:
            raise _refusal(text, f"it gives the {part} but not the {needed}")
    if "epoch" in parts:
        if set(parts) - {"epoch", "fraction"} or re.search("%s%f", text):
            raise _refusal(text, "%s is a whole time by itself; only a separator and %f may follow")
        return
    for part in ("year", "month", "day"):
        if part not in parts:
            raise _refusal(text, f"it does not give the {part}")
    if ("I" in directives) != ("p" in directives):
        raise _refusal(text, "%I (hours to 12) and %p (AM or PM) go together; %H is the hour to 23")


def _refusal(text: str, reason: str) -> SettingsError:
    return SettingsError(f"--timestamp-format {text!r}: {reason}.")
