"""The `--timestamp-format` that reads a cell which is written in another way: a suggestion, never taken.

The parts of a cell are replaced by the directives that read them, one kind after the other; where nothing but marks is
left, that is its format. A date of three numbers has one for each order in which its numbers can be a day.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from importer.errors import SettingsError
from importer.schema.cells import CELL, SHOWN, Reason
from importer.schema.time.calendar_names import ANY_DAY, ANY_MONTH
from importer.schema.time.formats import timestamp_formats
from importer.schema.time.meaning import meanings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_MOST_DIFFERENT = 2_000  # of which advice is sought in a batch; each takes some hundredths of a millisecond
_MOST_FORMATS = 50
_LONGEST = 64
# Patterns are compiled when they are first used: most files need no advice.
_WEEKDAY = rf"(?i)\b(?!mar\b)(?:{ANY_DAY})\b(?:-feira)?(?:\.(?=[ ,]))?"  # mar is a month, too
_MONTH = rf"(?i)\b(?:{ANY_MONTH})\b(?:\.(?=[ ,]))?"
_ORDINAL = "(?:st|nd|rd|th|er|ste|e|\\.?[ºª°])?"
_END = r"(?=$| \d{4}$| \(|(?<=[+-]0000) UTC$)"  # of a time, behind which `ctime` has the year
_HALF = r"(?i:[AP](?:M|\.\s?M\.))(?!\w)"
_CLOCK = rf"(:\d\d(?:[.,]\d+)?(?:\s?{_HALF})?"
_ZONE = r"(?:[+-]\d\d(?::?\d\d)?|Z|UTC|GMT)"
_STEPS = (
    (r"^%b(?=.*%[bB])", "%a"),
    (rf"{_CLOCK} ?(?:(?:GMT|UTC)(?=[+-]))?){_ZONE}{_END}", r"\1%z"),
    (rf"{_CLOCK} )(?![AP]M\b)[A-Z]{{2,5}}{_END}", r"\1%Z"),
    (rf"(?<!\d)\d\d?(:\d\d(?::\d\d(?:[.,]\d+)?)?\s?{_HALF})", r"%I\1"),
    (r"(?<!\d)(?<!%I:)\d\d?(:\d\d)", r"%H\1"),
    (r"(?<!\d)\d\d? ?h ?\d\d\b", "%Hh%M"),
    (r"(%[HI]):\d\d", r"\1:%M"),
    (r"%M:\d\d", "%M:%S"),
    (r"([ T])\d\d?\.\d\d\.\d\d\b", r"\1%H.%M.%S"),
    (r"( )\d\d?\.\d\d$", r"\1%H.%M"),
    (r"%S([.,])\d+", r"%S\1%f"),
    (rf"(%[MS]|%f)(\s?){_HALF}", r"\1\2%p"),
    (r"^(\d{4})([/.-])\d\d?([/.-])\d\d?(?!\d)", r"%Y\2%m\3%d"),
    (r"^\d{4}年 ?\d\d?月 ?\d\d?日", "%Y年%m月%d日"),
    (r"^(?:19|20)\d{6}(?=$|[ T])", "%Y%m%d"),
    (r"^(?:19|20)\d{12}$", "%Y%m%d%H%M%S"),
    (rf"(?<=%d)T\d{{6}}(?={_ZONE}?$)", "T%H%M%S"),
    (rf"(?<=%d)([T ])\d\d(?={_ZONE}?$)", r"\1%H"),
    (rf"(?<=%[SH]){_ZONE}$", "%z"),
    (r"^((?:%[aA],? )?)\d\d?([/.-])\d\d?([/.-])\d{4}(?!\d)", r"\1@1\2@2\3@Y"),
    (r"^((?:%[aA],? )?)\d\d?([/.-])\d\d?([/.-])\d\d?(?!\d)", r"\1@1\2@2\3@3"),
    (r"\b\d{4}\b", "%Y"),
    (rf"\b\d\d?{_ORDINAL}((?: |-|/|\.|\. | de | of )%[bB])", r"%d\1"),
    (rf"^((?:(?!%d).)*%[bB][ ./-])\d\d?{_ORDINAL}(?!\w)", r"\1%d"),
    (r"(%d.*%[bB]|%[bB].*%d)(, |[ ./-])\d\d\b", r"\1\2%y"),
)
_NAMES = ((_WEEKDAY, "a", "A"), (_MONTH, "b", "B"))
_WORDS = "at|um|Uhr|on|of|the|de|del|le|la|las|el|à|a|às|alle|ore|om|uur|kl|den|der|il"
_KNOWN = rf"%[A-Za-z]|@[123Y]|[ ,./:Th年月日-]|\((?:UTC|GMT)\)|(?:GMT|UTC)(?=%z)|(?<=%z )(?:UTC|GMT)$|\b(?:{_WORDS})\b"
_NO_HALF = r"(?i)(^|[^0-9:])(?:1[3-9]|2[0-3]|0?0)(:00(?::00(?:[.,][0-9]+)?)?\s?[ap]\.?\s?m)"
_NUMBERS_SINCE_1970 = {"epoch-s": "^1[0-9]{9}$", "epoch-ms": "^1[0-9]{12}$", "epoch-us": "^1[0-9]{15}$"}
_NUMBERS = r"(?<!\d)(\d\d?)[/.-](\d\d?)[/.-](\d{1,4})"
# In which order three numbers are a date, what stands first, and the most that each may be.
_ORDERS = (
    ("dmy", "the day", (31, 12, 9999)),
    ("mdy", "the month", (12, 31, 9999)),
    ("ymd", "the year", (99, 12, 31)),
)


class _Form(NamedTuple):
    """A format that reads the cell; of a date of three numbers, in this order, with that part first."""

    text: str
    order: str = ""
    first: str = ""

    def rank(self) -> int:
        """Where it stands among the formats of one cell."""
        return next((n for n, (order, _, _) in enumerate(_ORDERS) if order == self.order), 0)


def advice(given: Collection[str]) -> Reason:
    """The sentence for cells that some format would read; `given` are those that the user said, empty for ISO 8601."""

    def sentences(cells: pl.Series) -> pl.Series:
        forms = _readable(cells.drop_nulls().unique(maintain_order=True).head(_MOST_DIFFERENT), given)
        found = {text: _sentence(several, given) for text, several in forms.items()}
        return cells.replace_strict(found, default=None, return_dtype=pl.String)

    sentence = _without_clocks(CELL).map_batches(sentences, return_dtype=pl.String)
    return pl.lit(value=True), sentence.str.replace("{}", SHOWN, literal=True)


def option_for(cells: pl.Series) -> str:
    """Write the option that reads a column of such cells, to be said behind its `--map`; empty for ISO 8601.

    It is that of the format which reads most of them; where a date may be one in two orders, both stand there.
    """
    frame = pl.DataFrame({"cell": cells}).select(_without_clocks(pl.col("cell")))
    texts = frame["cell"].unique(maintain_order=True).head(_MOST_DIFFERENT)
    texts = texts.filter(meanings((), texts, pl.Series([False]))["local"].is_null())
    unit = next((unit for unit, digits in _NUMBERS_SINCE_1970.items() if texts.str.contains(digits).all()), None)
    if texts.is_empty() or unit:
        return f" --timestamp-format {unit}" if unit and not texts.is_empty() else ""
    readable = _readable(texts, ())
    found = Counter(form for forms in readable.values() for form in forms)
    forms = sorted((form for form in found if found[form] == max(found.values())), key=_Form.rank)
    # Those that read other cells are no choice: what they read is heard of where the first is said.
    together = next((several for several in readable.values() if forms[0] in several), [])
    forms = [form for form in forms if form in together]
    if len(forms) > 1:
        return f", with --timestamp-format {_in_each_order(forms)}"
    return f" --timestamp-format '{forms[0].text}'{_zone_of(forms[0])}" if forms else ""


def _readable(texts: pl.Series, given: Collection[str]) -> dict[str, list[_Form]]:
    """The formats of each text that do read it, of those that are likely."""
    by_form: dict[_Form, list[str]] = {}
    for text in texts:
        for form in _forms(text):
            if _is_likely(form, given) and (form in by_form or len(by_form) < _MOST_FORMATS):
                by_form.setdefault(form, []).append(text)
    found: dict[str, list[_Form]] = {}
    for form in sorted(by_form, key=_Form.rank):
        cells = pl.Series(by_form[form], dtype=pl.String)
        read = meanings(timestamp_formats(form.text), cells, pl.Series([False]))["local"].is_not_null()
        for text in cells.filter(read):
            found.setdefault(text, []).append(form)
    return found


def _without_clocks(cell: pl.Expr) -> pl.Expr:
    """The cells with the same time of day in all, so that few are different."""
    plain = cell.str.replace_all(":[0-9]{2}", ":00")
    # An hour beyond 12 stays what it is beside AM and PM, which no format reads.
    plain = plain.str.replace_all(_NO_HALF, "${1}99${2}")
    plain = plain.str.replace_all("[0-8][0-9]:00", "10:00")
    plain = plain.str.replace_all(r"(^|[^0-9])[0-9]:00", "${1}1:00").str.replace_all(r"(:00[.,])[0-9]+", "${1}0")
    plain = plain.str.replace(r"^([0-9]{8}T?)[0-9]{6}", "${1}101010")
    return plain.str.replace_all(" +", " ")


def _sentence(forms: Sequence[_Form], given: Collection[str]) -> str:
    if given:
        return f"{{}} is not in the form of {_named(given)}: say {_options(forms)}, too, if some cells are written so."
    if len(forms) > 1:
        days = "three" if len(forms) > 2 else "two"
        return f"{{}} could be {days} days: say --timestamp-format {_in_each_order(forms)}."
    return f"{{}} is not ISO 8601: say {_options(forms)} if the column is written so{_zone_of(forms[0])}."


def _in_each_order(forms: Sequence[_Form]) -> str:
    return ", ".join(f"'{form.text}' if {form.first} is first" for form in forms)


def _zone_of(form: _Form) -> str:
    return ", and with --timezone the place whose time is called so" if "%Z" in form.text else ""


def _named(given: Collection[str]) -> str:
    return f"--timestamp-format {' or '.join(map(repr, given))}".replace("{}", "{ }")


def _options(forms: Collection[_Form]) -> str:
    return " or ".join(f"--timestamp-format '{form.text}'" for form in forms)


def _is_likely(form: _Form, given: Collection[str]) -> bool:
    """Whether it is none of those that are given, nor has its numbers in another order: both would fit some dates."""
    parts = {"".join(re.findall("%([dmyY])", text)) for text in given}
    orders = {order for order, _, _ in _ORDERS if parts & {order, f"{order[:2]}Y"}}
    return form.text not in given and (not form.order or not orders or form.order in orders)


def _forms(text: str) -> Iterator[_Form]:
    """The formats that may read a text; several where its numbers may be a date in several orders."""
    written = _written(text) if len(text) <= _LONGEST else None
    if written is None:
        return
    if "@" not in written:
        yield from _valid(_Form(written))
        return
    for numbers in re.findall(_NUMBERS, text)[:1]:
        yield from _of_numbers(written, [*map(int, numbers)])


def _of_numbers(written: str, numbers: Sequence[int]) -> Iterator[_Form]:
    """The format in each order in which the three numbers can be a date."""
    for order, first, most in _ORDERS:
        if all(number <= limit for number, limit in zip(numbers, most, strict=True)):
            yield from _valid(_Form(_in_order(written, order), order, first))


def _in_order(written: str, order: str) -> str:
    for place, letter in zip("123", order, strict=True):
        written = written.replace(f"@{place}", f"%{letter}")
    return written.replace("@Y", "%Y")


def _valid(form: _Form) -> Iterator[_Form]:
    """The format, if it gives a whole date, and nothing twice."""
    with suppress(SettingsError):
        timestamp_formats(form.text)
        yield form


def _written(text: str) -> str | None:
    """The text with directives for its parts; None where more than marks is left."""
    if "@" in text or "%" in text:
        return None
    text = " ".join(text.split())
    for names, short, long in _NAMES:
        text = re.sub(names, lambda name: f"%{short if len(name[0].strip('.')) <= len('May') else long}", text)  # noqa: B023
    for pattern, directive in _STEPS:
        text = re.sub(pattern, directive, text)
    return None if re.sub(_KNOWN, "", text) else text
