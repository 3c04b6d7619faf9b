"""What comes next: for each kind of open row what to do, with the command ready to copy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from importer.api import SANDBOX_TARGET, same_target
from importer.codes import remedy
from importer.model import Share, Status
from importer.report.runs import some_shards
from importer.settings import Names, Settings, Texts, options_of, recorded_options
from importer.text import csv_line, rows_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.model import Doubts
    from importer.report.reading import Book

_PROGRAM = "revenue-importer"
_VENDOR = "app.tracklysms.com"
_REPEATED = [one for one in recorded_options() if one.repeated]
_LISTS = [one for one in options_of(Settings) if one.repeated and isinstance(one.kind, Texts)]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `command` may be empty; `instead` is shown in its place where nearly the same stands above.

    `looks_up`: it settles rows in doubt by a look at the dashboard.
    """

    text: str
    command: str = ""
    instead: str | None = None
    looks_up: bool = False


def next_steps(
    books: Sequence[Book],
    by_status: Mapping[Status, Share],
    doubts: Sequence[Doubts],
    codes: Mapping[str, Share],
    targets: Sequence[str],
    *,
    failed: Sequence[str] = (),
    equals: Mapping[Status, int] | None = None,
) -> list[Step]:
    """The steps, those that prevent double counting first; `targets` are the APIs that the lines name.

    `failed` are the controls that failed: nothing else comes before them. `equals`: how many held rows are equal to one
    with each status.
    """

    def rows(status: Status) -> int:
        return by_status.get(status, Share()).rows

    known = targets[0] if len(targets) == 1 else ""
    again = _Again([import_command(book, book.target or known) for book in books])
    steps = _explain(failed, again, known=all(book.has_journal for book in books)) if failed else []
    if doubts:
        steps += [replace(step, looks_up=True) for step in _look_up(doubts)]
    steps += _fix(rows(Status.INVALID), codes.get("negative_revenue", Share()).rows, again)
    if rows(Status.REJECTED):
        these = _these(rows(Status.REJECTED), "rejected")
        steps += again.step(f"When the reason is gone, post {these} again.", "--retry-rejected")
    if "already_in_doubt" in codes:
        elsewhere = rows_text(codes["already_in_doubt"].rows)
        text = f"Settle with `resolve` what is in doubt in earlier results ({elsewhere} here), then import again."
        steps += again.step(text, "" if again.has(" --already ") else "--already RESULTS")
    if "looks_recorded" in codes:
        these = rows_text(codes["looks_recorded"].rows)
        steps.append(Step(f"Decide about what looks recorded ({these}). {remedy('looks_recorded', Status.DUPLICATE)}"))
    undecided = [book for book in books if not skips_equals(book)]
    if "duplicate_row" in codes and undecided:
        equal = rows_text(codes["duplicate_row"].rows)
        steps += _equals(equals or {})
        steps += again.step(f"If the equal rows ({equal}) are events of their own, post them.", "--duplicates post")
        steps += again.step("If they are the same events twice, leave them out knowingly.", "--duplicates skip")
    if unsent := rows(Status.FAILED) + rows(Status.PENDING):
        steps += again.step(f"Post what was not recorded yet ({rows_text(unsent)}): no recorded row is posted twice.")
    if some_shards(book.shard for book in books):
        steps.append(Step("Name the results of the other shards too: of the whole input these say nothing."))
    return steps or [Step("Nothing. Every row is accounted for.")]


def _fix(invalid: int, refunds: int, again: _Again) -> list[Step]:
    """What is to be done in the file; cells of `refunds`, which are among the invalid rows, need no mending."""
    steps = []
    if invalid > refunds:
        these = _these(invalid - refunds, "invalid")
        but = ", which are no refunds," if refunds else ""
        steps += again.step(
            f"Fix the cells of {these}{but} in the file and import it again: only new and fixed rows are posted."
        )
    if refunds:
        steps.append(Step(f"Take {_these(refunds, 'refunded')} out of the file, and book that elsewhere."))
    return steps


def _explain(failed: Sequence[str], again: _Again, *, known: bool) -> list[Step]:
    """What to do about controls that failed; `known` where journals know what RESULTS should be."""
    names = ", ".join(f"“{name}”" for name in failed)
    text = f"Find out why {names} failed, and sign nothing before."
    if not known:
        return [Step(text)]
    return again.step(f"{text} If only RESULTS was changed, this writes it anew from the journal.")


def _equals(by_fate: Mapping[Status, int]) -> list[Step]:
    """What has to be known of the rows that held ones are equal to, before anybody decides about these."""
    steps = []
    if doubtful := by_fate.get(Status.IN_DOUBT):
        steps.append(
            f"Of the equal rows {_copies(doubtful)} a row in doubt: settle that one first, as the dashboard cannot "
            "tell it from a copy that is posted."
        )
    if refused := by_fate.get(Status.REJECTED):
        steps.append(
            f"Of the equal rows {_copies(refused)} a rejected row: nothing of it is recorded, and the API refuses the "
            "copy alike until the reason is gone."
        )
    return [Step(text) for text in steps]


def _copies(rows: int) -> str:
    return f"{rows:,} {'is' if rows == 1 else 'are'} the same as"


class _Again:
    """The import that wrote the results, one command for each of them, which are shown once."""

    def __init__(self, commands: Sequence[str]) -> None:
        self._commands = commands
        self._shown: str | None = None

    def has(self, words: str) -> bool:
        """Whether all of them have these words."""
        return all(words in command for command in self._commands)

    def step(self, text: str, extra: str = "") -> list[Step]:
        """What to do with them, and what they need beyond what they had."""
        steps = _each(text, self._commands, extra)
        if self._shown is None:
            self._shown = extra
            return steps
        instead = self._instead(extra)
        return [replace(step, instead=instead if number == 0 else "") for number, step in enumerate(steps)]

    def _instead(self, extra: str) -> str:
        them = "The same command as above" if len(self._commands) == 1 else "The same commands as above"
        if extra == self._shown:
            return f"{them}."
        more = f"with `{extra}`" if extra else ""
        less = f"{'in place of' if extra else 'without'} `{self._shown}`" if self._shown else ""
        return f"{' '.join(filter(None, (f'{them},', more, less)))}."


def shown_steps(steps: Sequence[Step], *, whole: bool = False) -> list[tuple[str, list[str]]]:
    """What a person is to read: each thing to do, with the commands that do not stand above already.

    `whole`: all commands, for who copies them.
    """
    if whole:
        steps = [replace(step, instead=None) for step in steps]
    shown: list[tuple[str, list[str]]] = []
    for step in steps:
        if step.text:
            shown.append((" ".join(filter(None, (step.text, step.instead))), []))
        if step.command and step.instead is None:
            shown[-1][1].append(step.command)
    return shown


def _look_up(doubts: Sequence[Doubts]) -> list[Step]:
    rows = sum(found.here + found.gone for found in doubts)
    them = "the row in doubt" if rows == 1 else f"the {rows:,} rows in doubt"
    here = [found for found in doubts if found.here]
    gone = [found for found in doubts if found.gone]
    columns = ("row (with its source)" if doubts[0].several else "row") + (" or message_id" if gone else "")
    text = f"Or many at once, from a CSV with {columns}, verdict, why:"
    return [
        Step(f"Look {them} up in the vendor's dashboard by message id, amount and time, before anything else."),
        *_verdicts(here, _row, "For a row", " (the next import posts it)"),
        *_verdicts(gone, lambda _: "--message-id ID", "For a row that is no longer in the input, and"),
        *_each(text, [f"{_resolve(found)} --from verdicts.csv" for found in doubts]),
    ]


def _verdicts(doubts: Sequence[Doubts], name: Callable[[Doubts], str], which: str, after: str = "") -> list[Step]:
    """The commands for both verdicts on rows that are named so."""
    named = [f"{_resolve(found)} {name(found)}" for found in doubts]
    return [
        *_each(f"{which} that the dashboard shows:", named, '--recorded --revenue-id ID --why "TEXT"'),
        *_each(f"{which} that it does not show{after}:", named, '--not-recorded --why "TEXT"'),
    ]


def _row(found: Doubts) -> str:
    return "--row N --source FILE" if found.several else "--row N"


def _resolve(found: Doubts) -> str:
    return f"{_PROGRAM} resolve {shlex.quote(found.results)}"


def _these(rows: int, word: str) -> str:
    return f"the {word} row" if rows == 1 else f"the {rows:,} {word} rows"


def _each(text: str, commands: Sequence[str], extra: str = "") -> list[Step]:
    return [Step(text if number == 0 else "", f"{command} {extra}".rstrip()) for number, command in enumerate(commands)]


def skips_equals(book: Book) -> bool:
    """Whether the last run left equal rows out knowingly."""
    return bool(book.options.get("duplicates") == "skip")


def import_command(book: Book, target: str) -> str:
    """The import that wrote these results into `target`, as far as the journal knows it."""
    start = book.events.last_start
    facts = start.inputs if start else ()
    inputs = [*dict.fromkeys(str(fact.get("path") or fact.get("name")) for fact in facts)] or ["FILE"]
    words = [_PROGRAM, "import", *(shlex.quote(name) if name != "FILE" else name for name in inputs)]
    words += ["--results", shlex.quote(str(book.path))]
    words += _where(target, book.options)
    for kind, given in (("map", start.map), ("set", start.set)) if start else ():
        for name, value in given.items():
            words += [f"--{kind}", shlex.quote(f"{name}={value}")]
    words += _options(book.options)
    if book.shard:
        words += ["--shard", book.shard]
    return " ".join(words)


def _where(target: str, options: Mapping[str, Any]) -> list[str]:
    if target == SANDBOX_TARGET:
        return ["--sandbox"]
    if not target or same_target(target, _VENDOR):
        return []
    return ["--base-url", shlex.quote(options.get("base_url") or "URL")]


def _options(given: Mapping[str, Any]) -> list[str]:
    """The options that the next run needs too: values, then flags, then lists."""
    words: list[str] = []
    for one in _REPEATED:
        value = given.get(one.name)
        if value not in (None, one.default) and not isinstance(value, bool | list):
            words += [one.flag, shlex.quote(str(value).removesuffix(".0"))]
    words += [one.flag for one in _REPEATED if given.get(one.name) is True]
    for one in _REPEATED:
        if isinstance(one.kind, Names) and given.get(one.name):
            words += [one.flag, shlex.quote(csv_line(given[one.name]))]
    for one in _LISTS:
        several = given.get(one.name) or ()
        for value in [several] if isinstance(several, str) else several:  # it was one in an earlier version
            words += [one.flag, shlex.quote(str(value))]
    return words
