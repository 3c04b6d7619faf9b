"""What a run did, in words: every row and every cent, the reasons, and the one next step. And the same as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import __version__
from importer.cli.next_steps import after_check, after_import
from importer.cli.reasons import by_place, reason_counts, reasons
from importer.codes import COLOURS, MEANING, TITLES
from importer.model import FIELDS, Share, Status
from importer.text import (
    TableLine,
    columns,
    duration,
    plain,
    rows_text,
    safe_text,
    set_apart,
    share_fields,
    share_text,
    table,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.model import Example, Preview, Summary


def summary_fields(summary: Summary, *, checked: bool = False) -> dict[str, Any]:
    """Return the summary as the object of `--json`: amounts as text in plain notation, no empty status.

    `posted` is what this run recorded; a check, which posts nothing, has `to_post` in its place, what an import would
    post, `without_timestamp`, what of that has none, `largest`, the rows of that with the largest amounts, `examples`,
    some rows of each code, and `control_totals`, what `--expect-rows` and `--expect-total` are compared with. `files`
    are those that it wrote, and `run` is its name in the journal.
    Only where earlier runs left rows that are no longer in the input it has `not_in_input`, which is like `by_status`.
    """
    kept = {str(status): share_fields(share) for status, share in _filled(summary.kept)}
    return {
        **share_fields(summary.total),
        "by_status": {str(status): share_fields(share) for status, share in _filled(summary.by_status)},
        "by_code": dict(summary.by_code),
        "by_attribution_type": {name: share_fields(share) for name, share in summary.by_attribution_type.items()},
        "by_month": {name: share_fields(share) for name, share in summary.by_month.items()},
        "refunds": share_fields(summary.refunds),
        "first_timestamp": summary.first_timestamp,
        "last_timestamp": summary.last_timestamp,
        **({"not_in_input": kept} if kept else {}),
        "to_post" if checked else "posted": share_fields(summary.posted),
        **(_of_a_check(summary) if checked else {}),
        "target": summary.target,
        "withheld": summary.withheld,
        "warnings": [*summary.noticed, *summary.warnings],
        "version": __version__,
        "run": summary.run,
        "plan": summary.plan,
        "results": summary.results,
        "files": dict(summary.files),
        "duration_s": summary.duration_s,
        "requests": summary.requests,
        "retries": summary.retries,
        "stopped": summary.stopped,
        "exit": summary.exit_status,
    }


def _of_a_check(summary: Summary) -> dict[str, Any]:
    examples = {
        one.code: [_example(each, one.code) for each in sorted(one.examples, key=by_place)] for one in summary.findings
    }
    return {
        "control_totals": share_fields(summary.control),
        "without_timestamp": share_fields(summary.without_timestamp),
        "largest": _largest(summary),
        "examples": {code: rows for code, rows in examples.items() if rows},
    }


def _example(one: Example, code: str) -> dict[str, Any]:
    return {"source": one.source, "row": one.row, "text": one.text.strip().removeprefix(f"{code}: ")}


def _largest(summary: Summary) -> list[dict[str, Any]]:
    return [
        {"source": one.source, "row": one.row, "revenue": plain(one.amount)}
        for one in summary.largest
        if one.amount is not None
    ]


def summary_lines(summary: Summary, *, checked: bool = False) -> list[str]:
    """Return the summary of an import, or of a check, for a person: plain lines, made safe for a terminal."""
    blocks = [
        _opening(summary, checked=checked),
        _status_table(summary.by_status, summary.total, checked=checked),
        _type_table(summary),
        month_table(summary),
        _refunds(summary),
        _sample(summary),
        _kept(summary),
        reasons(summary),
        _warnings(summary),
        _closing(summary, checked=checked),
        _written(summary),
    ]
    return set_apart(blocks)


def preview_lines(preview: Preview) -> list[str]:
    """Return what an import is about to do, ending in the facts that the question rests on."""
    at_risk = preview.concurrency * preview.rows_a_request
    return [
        f"Ready to post {share_text(preview.to_post)} to {safe_text(preview.target)}.",
        "",
        *_status_table(preview.by_status, preview.total, checked=True),
        "",
        *month_table(preview),
        "",
        *reason_counts(preview.findings),
        f"Results: {safe_text(preview.results)}",
        *wrapped(
            f"A row that is posted cannot be taken back. At most {rows_text(at_risk)} can be left in doubt by a crash."
        ),
    ]


def question(preview: Preview) -> str:
    """Return the question before the first post; anything but a clear yes means no."""
    return f"Post {share_text(preview.to_post)} to {safe_text(preview.target)}? [y/N] "


def _filled(by_status: Mapping[Status, Share]) -> list[tuple[Status, Share]]:
    return [(status, by_status[status]) for status in Status if status in by_status and by_status[status].rows]


def _opening(summary: Summary, *, checked: bool) -> Iterator[str]:
    if summary.stopped is not None:
        yield from _sentence(f"Stopped early: {summary.stopped}")
    if summary.withheld:
        verb = "An import would post nothing" if checked else "Nothing was posted"
        yield from _sentence(f"{verb}, because of --strict: some rows are invalid, or held for a decision.")
    if checked:
        yield f"Checked {share_text(summary.total)}. An import would post {share_text(summary.posted)}."
        if summary.by_code.get("total_row"):
            counted = rows_text(summary.control.rows)
            yield from _sentence(f"Without lines that sum up others, which --expect-rows does not count: {counted}.")
        return
    target = f" to {safe_text(summary.target)}" if summary.target else ""
    yield f"Posted {share_text(summary.posted)}{target} in {duration(summary.duration_s)}."
    yield f"Requests: {summary.requests:,}, of which {summary.retries:,} were repeated attempts."


def _status_table(by_status: Mapping[Status, Share], total: Share, *, checked: bool) -> list[str]:
    meaning = {**MEANING, Status.PENDING: "to be posted"} if checked else MEANING
    lines = [
        TableLine(str(status), share.rows, [share.revenue], meaning[status], COLOURS[status])
        for status, share in _filled(by_status)
    ]
    return table(("status", "rows", "revenue"), [*lines, _line("total", total)], sums=1)


def _type_table(summary: Summary) -> list[str]:
    if len(summary.by_attribution_type) < 2:
        return []
    lines = [_line(name or "(none)", share) for name, share in summary.by_attribution_type.items()]
    return table(("attribution", "rows", "revenue"), lines)


def month_table(summary: Summary | Preview) -> list[str]:
    """Return the money by month of the file's own zone, and from when to when it goes, in UTC."""
    if not summary.by_month:
        return []
    lines = [_line(name, share) for name, share in summary.by_month.items()]
    laid_out = table((f"month ({summary.timezone})", "rows", "revenue"), lines)
    if summary.first_timestamp is None:
        return laid_out
    span = f"Timestamps, as they are sent: {summary.first_timestamp} to {summary.last_timestamp}."
    return [*laid_out, *_sentence(span)]


def _refunds(summary: Summary) -> Iterator[str]:
    if summary.refunds.rows:
        yield from _sentence(
            f"Refunds, which cannot be sent and are in no figure above: {share_text(summary.refunds)}."
        )


def _sample(summary: Summary) -> list[str]:
    """A few rows, to be compared with the file before they are posted."""
    if not summary.sample:
        return []
    return ["As they will be sent, the first rows:", *columns(FIELDS, summary.sample)]


def _line(name: str, share: Share, note: str = "") -> TableLine:
    return TableLine(name, share.rows, [share.revenue], note)


def _kept(summary: Summary) -> Iterator[str]:
    """Rows that are in no figure of the input, and may be counted by the API."""
    for status, share in _filled(summary.kept):
        verb = "is" if share.rows == 1 else "are"
        yield from _sentence(
            f"Not in the input any more, and in no figure above: {share_text(share)} that {verb} "
            f"{TITLES[status].lower()}, at the end of the results."
        )


def _warnings(summary: Summary) -> Iterator[str]:
    for warning in summary.warnings:
        yield from _sentence(f"warning: {warning}")
    if summary.without_timestamp.rows:
        yield from _sentence(
            f"warning: {share_text(summary.without_timestamp)} without a timestamp: the API dates them at the moment "
            "they are posted."
        )
    if summary.month_moved.rows:
        yield from _sentence(
            f"warning: {share_text(summary.month_moved)} in another month in UTC, as they are sent, than as written "
            "in the file: totals by month will differ by them."
        )


def _closing(summary: Summary, *, checked: bool) -> Iterator[str]:
    if checked and summary.plan is not None:
        yield f"Plan: {summary.plan}"
    steps = list(after_check(summary) if checked else after_import(summary))
    if len(steps) > 1:
        yield "Next:"
        yield from (f"- {step}" for step in steps)
    else:
        nothing = "nothing. An import would post no row." if checked else "nothing. Every row is accounted for."
        yield f"Next: {steps[0] if steps else nothing}"


def _written(summary: Summary) -> Iterator[str]:
    """Every file that there is now, the last thing that is said."""
    files = {**({"results": summary.results} if summary.results is not None else {}), **summary.files}
    for name in ("results", "journal", "rejects", "report"):
        if name in files:
            yield f"{name.capitalize()}: {safe_text(files[name])}"


def _sentence(text: str) -> list[str]:
    return wrapped(text, hanging="  ")
