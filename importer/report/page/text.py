"""Texts of the page: cells that are safe to show, moments in a zone, amounts that stand on their point."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import markupsafe

from importer.report import run_text
from importer.schema import with_cents
from importer.text import amount, decimal_places, safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_CELL = 160
_CENTS = 2
_OPTION = re.compile("(--[a-z][a-z-]*)")
_CODE = re.compile("`([^`]+)`")
_NOT_PLAIN = re.compile("[^A-Za-z0-9]")


def cell(text: Any, limit: int = MAX_CELL) -> str:
    """A cell as it may be shown: not too long, and nothing that reorders or hides text."""
    return safe_text(str(text), limit)


def quoted(text: str) -> str:
    """What was read and is not what it should be."""
    return f"“{text}”" if text else ""


def prose(text: str) -> markupsafe.Markup:
    """A sentence of ours: what stands between backticks is code, and an option is not broken at its hyphens."""
    return markupsafe.Markup(_CODE.sub(r"<code>\1</code>", str(command(text))))  # noqa: S704 - `command` escapes


def command(text: str) -> markupsafe.Markup:
    """A command, whole; no option is broken at its hyphens."""
    escaped = str(markupsafe.escape(safe_text(text)))
    return markupsafe.Markup(_OPTION.sub(r'<span class="nowrap">\1</span>', escaped))  # noqa: S704 - escaped above


def css_text(text: str) -> markupsafe.Markup:
    """A text as a string of a style sheet, in which nothing is obeyed: all but letters and digits by their number."""
    escaped = _NOT_PLAIN.sub(lambda found: f"\\{ord(found[0]):x} ", safe_text(text))
    return markupsafe.Markup(f'"{escaped}"')  # noqa: S704 - only letters, digits and backslashes are left


# -- moments -----------------------------------------------------------------------------------------------------------


def moment(text: str) -> str:
    """A UTC time to the second, easier to read."""
    found = _moment(text)
    return text if found is None else f"{found:%Y-%m-%d %H:%M:%S}"


def local(text: str, zone: str) -> str:
    """A UTC time to the second, on the clock of a zone."""
    found = _moment(text)
    return cell(text) if found is None else f"{found.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def clock(text: str, zone: str) -> str:
    """A UTC time on the clock of a zone, and in UTC where that is another."""
    if _moment(text) is None:
        return cell(text)
    if zone == "UTC":
        return f"{moment(text)} UTC"
    return f"{local(text, zone)} {zone} ({moment(text)} UTC)"


def span(first: str, last: str, zone: str) -> str:
    """From one UTC time to another, both on the clock of a zone, and in UTC where that is another."""
    clocks = [_to(local(first, zone), local(last, zone)), _to(moment(first), moment(last))]
    return f"{clocks[1]} UTC" if zone == "UTC" else f"{clocks[0]} {zone} ({clocks[1]} UTC)"


def _to(first: str, last: str) -> str:
    """The day of the second is not said again."""
    return f"{first} to {last.removeprefix(first[: len('2026-06-30 ')])}"


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


# -- amounts -----------------------------------------------------------------------------------------------------------


def places(amounts: Iterable[str]) -> int:
    """How many decimals a column of amounts needs."""
    return decimal_places(with_cents(Decimal(text)) for text in amounts if text)


def aligned(decimals: int) -> Callable[[Decimal], markupsafe.Markup]:
    """Amounts with cents; zeros beyond them keep their room and are not shown, so that points stand in one line."""

    def text(value: Decimal) -> markupsafe.Markup:
        shown = amount(with_cents(value))
        whole = amount(with_cents(value), decimals)
        rest = whole[len(shown) :]
        return markupsafe.Markup(f'{shown}<span class="pad">{rest}</span>' if rest else shown)  # noqa: S704 - digits

    return text


def figure(text: str) -> str:
    """An amount that is a text, with separators and cents; what is none, as it is."""
    try:
        return amount(with_cents(Decimal(text)))
    except ArithmeticError:
        return cell(text, 40)


def cents(value: Decimal) -> str:
    """An amount with cents, or with as many decimals as it needs."""
    return amount(with_cents(value))


FILTERS: dict[str, Callable[..., Any]] = {
    "count": "{:,}".format,
    "cell": cell,
    "cents": cents,
    "line": safe_text,
    "prose": prose,
    "command": command,
    "css": css_text,
    "moment": moment,
    "local": local,
    "clock": clock,
    "span": span,
    "quoted": quoted,
    "ms": run_text.ms,
}
