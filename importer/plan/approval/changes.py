"""What changed since a plan was approved, in words: how it was, where this computer knows that, and how it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.model import Share
from importer.plan.approval.kept_plans import kept_plan, plan_rows
from importer.plan.approval.parts import as_json, hint_of
from importer.plan.approval.rows_changed import rows_changed
from importer.settings import deciding_options
from importer.text import rows_text, safe_text, share_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from importer.plan.approval.kept_plans import KeptPlan
    from importer.plan.approval.parts import PlanParts
    from importer.plan.checked import Checked

_NAMED_FILES = 5
_ROWS = "the rows as they are sent, their order, or the rules that they break"


def refused(expected: str, now: PlanParts, checked: Checked | None = None) -> str:
    """Say how the plan that is `now`, of what was `checked`, differs from the one with the `expected` digest."""
    was = kept_plan(expected)
    rows = plan_rows(checked.index, [*checked.names]) if checked is not None and was is not None else None
    return refusal(now, expected, was, rows)


def refusal(now: PlanParts, expected: str, was: KeptPlan | None = None, rows: pl.DataFrame | None = None) -> str:
    """Say how the plan that is `now` differs from the one with the `expected` digest.

    `was` is that plan, where this computer has it; `rows` are those of `now`, as `plan_rows` gives them.
    """
    changed = now.changed_from(expected)
    if not changed:
        what = "no part of it, so the digest was not copied whole"
    elif was is not None:
        what = "; ".join(_since(now, was, changed, rows))
    elif len(changed) == len(now.facts):
        what = f"every part of it, so the digest is of another plan altogether (now {_files(now)})"
    else:
        what = "; ".join(_as_it_is(now, name, hint) for name, hint in changed.items()) + (
            ". How it was is not known on this computer: compare with what `check` said when it was approved"
        )
    return (
        f"The plan is not the one of --expect-plan, and nothing was posted. What changed: {what}. Give what was "
        "approved, or `check` again with these files and options, and have that plan approved."
    )


# -- how it was, and how it is -----------------------------------------------------------------------------------------


def _since(now: PlanParts, was: KeptPlan, changed: Mapping[str, str], rows: pl.DataFrame | None) -> Iterator[str]:
    for name in changed:
        match name:
            case "version":
                yield f"the version of this program was {was.parts.version}, and is {now.version}"
            case "inputs":
                yield _files_since(dict(was.parts.inputs), dict(now.inputs))
            case "options":
                yield from _options_since(was.parts.options, now.options)
            case "already":
                yield _already(now)
            case "rows":
                yield _ROWS if was.rows is None or rows is None else rows_changed(was.rows, rows)
            case "totals":
                yield from _totals_since(was.parts, now)


def _files_since(was: Mapping[str, str], now: Mapping[str, str]) -> str:
    told = [f"{safe_text(name, 60)} is not given any more" for name in was if name not in now]
    told += [f"{safe_text(name, 60)} was not given" for name in now if name not in was]
    told += [
        f"{safe_text(name, 60)} was SHA-256 {was[name][:12]}…, and is {digest[:12]}…"
        for name, digest in now.items()
        if was.get(name, digest) != digest
    ]
    more = f", and {len(told) - _NAMED_FILES:,} more" if len(told) > _NAMED_FILES else ""
    return "; ".join(told[:_NAMED_FILES]) + more or "the order of the input files"


def _options_since(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    flags = {"api": "the API", **{one.name: one.flag for one in deciding_options()}}
    for name in sorted({*was, *now}, key=[*flags].index):
        before, after = was.get(name), now.get(name)
        if before != after:
            yield f"{flags[name]} {_was_and_is(before, after)}"


def _was_and_is(before: object, after: object) -> str:
    if _is_absent(before):
        return f"was not given, and is now{_valued(after)}"
    if _is_absent(after):
        return f"was given{_valued(before)}, and is not now"
    return f"was {_shown(before)}, and is {_shown(after)}"


def _is_absent(value: object) -> bool:
    return value is None or value is False or value in ([], {})


def _valued(value: object) -> str:
    return f" ({_shown(value)})" if _shown(value) else ""


def _totals_since(was: PlanParts, now: PlanParts) -> Iterator[str]:
    for status in {**was.by_status, **now.by_status}:
        before, after = (parts.by_status.get(status, Share()) for parts in (was, now))
        if before != after:
            yield f"{status} was {share_text(before)}, and is {share_text(after)}"
    for flag, said, says in zip(("--expect-rows", "--expect-total"), was.control, now.control, strict=True):
        if said != says:
            yield f"{flag} {_was_and_is(said, says)}"


# -- how it is alone ---------------------------------------------------------------------------------------------------


def _as_it_is(now: PlanParts, name: str, hint: str) -> str:
    """A part that changed, as it is now; `hint` is the beginning of its digest in the plan that was expected."""
    match name:
        case "version":
            return f"the version of this program (now {now.version})"
        case "inputs":
            return f"the input files, by name, content or order (now {_files(now)})"
        case "options":
            return f"options that decide what is posted, or where (now {_options(now)}){_one_option(now, hint)}"
        case "already":
            return _already(now)
        case "rows":
            return _ROWS
    shares = ", ".join(f"{status} {share_text(share)}" for status, share in now.by_status.items() if share.rows)
    return f"the totals by status, or the control totals (now {shares or rows_text(0)})"


def _already(now: PlanParts) -> str:
    return "what the results of --already know" if now.already else "--already, which is not given now"


def _files(now: PlanParts) -> str:
    named = [f"{safe_text(name, 60)}, SHA-256 {digest[:12]}…" for name, digest in now.inputs[:_NAMED_FILES]]
    more = len(now.inputs) - len(named)
    return "; ".join(named) + (f", and {more:,} more" if more else "")


def _one_option(now: PlanParts, hint: str) -> str:
    """The option that is missing, or too much, where one explains the difference alone."""
    for one in deciding_options():
        value, default = now.options.get(one.name), as_json(one.to_json(one.default))
        other = default if value != default else True
        if (value != default or value is False) and hint_of({**now.options, one.name: other}) == hint:
            return f": {one.flag} is missing" if value == default else f": {one.flag} was not given to `check`"
    return ""


def _options(now: PlanParts) -> str:
    """The API, and the options that are not as they are when nothing is said."""
    defaults = {one.name: one.to_json(one.default) for one in deciding_options()}
    flags = {one.name: one.flag for one in deciding_options()}
    said = {name: value for name, value in now.options.items() if name in flags and value != as_json(defaults[name])}
    told = [f"{flags[name]} {_shown(value)}".rstrip() for name, value in said.items()]
    return ", ".join([safe_text(str(now.options["api"])), *told])


def _shown(value: object) -> str:
    match value:
        case True:
            return ""
        case dict():
            return " ".join(f"{name}={safe_text(str(text), 60)}" for name, text in value.items())
        case list():
            return " ".join(safe_text(str(one), 60) for one in value)
    return safe_text(str(value), 60)
