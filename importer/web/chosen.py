"""The options of an import as forms give them, and as the command takes them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import SettingsError
from importer.settings import ByField, Flag, InputSettings, Number, Settings, Texts, Whole, options_of, reading_options
from importer.text import is_text
from importer.web.folder import is_id
from importer.web.wording import said_options
from importer.web.words import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.settings import Option

    Chosen = Mapping[str, Sequence[str]]

# What the page decides itself, or what names files and places of the server.
_NOT_HERE = frozenset({
    "results", "rejects", "report", "no-index", "base-url", "allow-http", "sandbox", "shard", "limit", "expect-plan",
    "resume-only", "max-unpacked",
})  # fmt: skip
_MOST_VALUES = 500
_MOST_CHARACTERS = 2000
_NETWORK = re.compile(r"[a-z]{2,20}")
NETWORK = "profile"
ALREADY = "already"
TOTALS = ("expect-rows", "expect-total")
POST_AGAIN = {
    "duplicates": "post", "retry-rejected": "yes", "in-doubt": "resend", "overlap": "allow", "allow-missing": "yes",
}  # fmt: skip
"""Options with which something may be posted that may be recorded already, and the value that does so."""


def options() -> dict[str, Option]:
    """The options that can be chosen on the page, by the names of their fields."""
    return {
        name: one for one in options_of(Settings) if one.flag and (name := one.flag.removeprefix("--")) not in _NOT_HERE
    }


def of_exports() -> dict[str, Option]:
    """Those that say how an export of the vendor's records is read."""
    return {
        name: one for one in reading_options() if one.flag and (name := one.flag.removeprefix("--")) not in _NOT_HERE
    }


def read_form(
    form: Iterable[tuple[str, str]], before: Chosen, known: Mapping[str, Option] | None = None
) -> dict[str, list[str]]:
    """Return the options after a form: what it names replaces what was `before`, what it leaves empty is gone.

    `known` are those that there are, the ones of an import unless told.

    Raises:
        SettingsError: a name that is none, or a value that cannot be used.
    """
    given: dict[str, list[str]] = {}
    for name, text in map(_of_a_field, form):
        given.setdefault(name, []).append(text.strip())
    known = known or options()
    chosen = {name: list(values) for name, values in before.items() if name not in given}
    for name, texts in given.items():
        values = [text for text in texts if text]
        _refuse_unfit(name, values)
        if name == NETWORK:
            kept = _network(values)
        elif name in known:
            kept = _judged(known[name], values)
        else:
            raise SettingsError(f"'{name}' is no option that can be chosen on the page.")
        if kept:
            chosen[name] = kept
    return dict(sorted(chosen.items()))


def _of_a_field(pair: tuple[str, str]) -> tuple[str, str]:
    """What stands in the box of one field: `set.offer_id` with 4611 is `set` with offer_id=4611."""
    name, text = pair
    option, dot, field = name.partition(".")
    if not dot or option != "set":
        return pair
    return option, f"{field}={text.strip()}" if text.strip() else ""


def _refuse_unfit(name: str, values: Sequence[str]) -> None:
    if len(values) > _MOST_VALUES or any(len(text) > _MOST_CHARACTERS for text in values):
        raise SettingsError(f"{name}: that is too much for an option.")
    if name == ALREADY and not all(map(is_id, values)):
        raise SettingsError(f"“{LABELS[ALREADY]}” takes other imports of this page, by their ids.")
    if not all(is_text(text) and text.isprintable() for text in values):
        raise SettingsError(f"{name}: there are characters in it that cannot be shown.")


def _network(values: list[str]) -> list[str]:
    if len(values) > 1 or not all(map(_NETWORK.fullmatch, values)):
        raise SettingsError("profile is the name of one network, such as awin.")
    return values


def _judged(one: Option, values: list[str]) -> list[str]:
    """The values as they are kept, once the option's own rule has taken them."""
    if isinstance(one.kind, Flag):
        return ["yes"] if _is_set(one, values) else []
    if len(values) > 1 and not isinstance(one.kind, Texts | ByField):
        raise SettingsError(f"{one.flag} is given twice.")
    for text in values:
        _judge(one, text)
    return values


def _is_set(one: Option, values: Sequence[str]) -> bool:
    words = {text.lower() for text in values}
    if unknown := words - {"yes", "on", "true", "1", "no", "off", "false", "0"}:
        raise SettingsError(f"{one.flag} is yes or no, not '{min(unknown)}'.")
    return bool(words & {"yes", "on", "true", "1"})


def _judge(one: Option, text: str) -> None:
    numbers: dict[type, Callable[[str], object]] = {Whole: int, Number: float}
    read = next((read for kind, read in numbers.items() if isinstance(one.kind, kind)), None)
    try:
        if read is None:
            one.kind.parse(text)
        else:
            one.kind.settle(read(text))
    except (SettingsError, ValueError) as error:
        reason = str(error) if isinstance(error, SettingsError) else f"'{text}' is not a number that it takes."
        raise SettingsError(f"{one.flag}: {reason}") from None


def profile_text(chosen: Chosen) -> str:
    """The options of reading as a profile that the command reads."""
    return "".join(
        f"{name} = {_toml(one, chosen[name])}\n" for name, one in options().items() if _in_profile(one, chosen)
    )


def _in_profile(one: Option, chosen: Chosen) -> bool:
    return one.in_profiles and one.flag.removeprefix("--") in chosen


def _toml(one: Option, values: Sequence[str]) -> str:
    if isinstance(one.kind, Flag):
        return "true"
    several = isinstance(one.kind, Texts | ByField)
    return json.dumps(list(values) if several else values[0], ensure_ascii=False).replace("\x7f", "\\u007f")


def arguments(chosen: Chosen, profile: Path, results: Callable[[str], Path], *, checking: bool) -> Iterator[str]:
    """Yield the options as the command takes them; `results` tells where those of another import lie.

    Where a network's profile is chosen, that is the profile, and what is chosen besides is said on the command line.
    """
    network = chosen.get(NETWORK)
    yield f"--profile={network[0] if network else profile}"
    for one in options_of(InputSettings if checking else Settings):
        name = one.flag.removeprefix("--")
        if name in chosen and name not in _NOT_HERE and (network or not one.in_profiles):
            yield from _said(one, chosen[name], results)


def arguments_of_export(chosen: Chosen) -> Iterator[str]:
    """Yield the options of reading an export as the command takes them."""
    yield from (f"--profile={network}" for network in chosen.get(NETWORK, ()))
    for name, one in of_exports().items():
        yield from _said(one, chosen.get(name, ()), Path)


def _said(one: Option, values: Sequence[str], results: Callable[[str], Path]) -> Iterator[str]:
    if isinstance(one.kind, Flag):
        yield from [one.flag] * bool(values)
        return
    for text in values:
        yield f"{one.flag}={results(text) if one.flag == f'--{ALREADY}' else text}"


def changed(before: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The options that are `added` and `removed` from one set to the next, as a command line says them."""
    was, is_ = (set(said_options(dict(one))) for one in (before, now))
    return {"added": sorted(is_ - was), "removed": sorted(was - is_)}


def posts_again(chosen: Chosen) -> list[str]:
    """The options among those chosen with which something may be posted twice."""
    return [f"--{name}" for name, word in POST_AGAIN.items() if word in chosen.get(name, ())]
