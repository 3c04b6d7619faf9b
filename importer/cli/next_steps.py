"""What a person is to do next, after a check and after an import."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from importer.model import Share, Status
from importer.text import safe_text, share_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.model import Doubts, Summary


def after_check(summary: Summary) -> Iterator[str]:
    """Yield one step for each thing that is left to do before an import, and the import."""
    yield from _for_open_rows(
        summary, "fix the invalid rows in the file, or add the options that are named there, and check again."
    )
    if summary.withheld:
        yield "with --strict an import posts nothing while rows are invalid or held; without it the others are posted."
    elif summary.posted.rows:
        yield f"the same with `import` instead of `check` posts {share_text(summary.posted)}."


def after_import(summary: Summary) -> Iterator[str]:
    """Yield one step for each thing that is left to do after an import, the most pressing first."""
    if summary.withheld:
        yield "with --strict nothing is posted while rows are invalid or held; without it the others are posted now."
    elif summary.limited:
        yield "the same command without --limit posts the rest, and no recorded row twice."
    elif summary.stopped is not None or _some(summary, Status.PENDING, Status.FAILED):
        yield "run the same command again: it continues, and posts no recorded row twice."
    fix = (
        "fix the cells above in the file, or add the options that are named there, and run the command again: only new "
        "and fixed rows are posted."
    )
    yield from _for_open_rows(summary, fix)


def _for_open_rows(summary: Summary, fix: str) -> Iterator[str]:
    """What a person has to do about rows; `fix` is that for invalid ones."""
    for doubts in summary.doubts:
        yield from _look_up(doubts)
    if summary.by_code.get("already_in_doubt"):
        yield (
            "settle with `resolve` what is in doubt in the earlier results; then the same command, with --already "
            "naming them, posts what was not recorded."
        )
    if summary.by_code.get("looks_recorded"):
        yield (
            "leave the rows that look recorded out of the file, or take the earlier results' own file again. Those "
            "that the dashboard shows to be further events go into a file of their own with a new name: import that "
            "with --overlap allow, without --already and --results, and with the other options as here."
        )
    if summary.by_code.get("duplicate_row") and not summary.equals_decided:
        yield "decide about the equal rows: the same command with --duplicates post, or with --duplicates skip."
    if _some(summary, Status.INVALID):
        yield fix
    if _some(summary, Status.REJECTED):
        yield "when their reason is gone, an import with --retry-rejected posts the rejected rows again."


def _some(summary: Summary, *statuses: Status) -> bool:
    return any(summary.by_status.get(status, Share()).rows for status in statuses)


def _look_up(doubts: Doubts) -> Iterator[str]:
    command = f"revenue-importer resolve {shlex.quote(safe_text(doubts.results))}"
    verdict = "--recorded|--not-recorded --why TEXT"
    source = " --source FILE" if doubts.several else ""
    if doubts.here:
        yield (
            "look the rows in doubt up in the vendor's dashboard, then say what you found: "
            f"{command} --row N{source} {verdict}"
        )
    if doubts.gone:
        yield (
            f"look the rows in doubt up that are no longer in the input (at the end of {safe_text(doubts.results)}), "
            f"then say what you found: {command} --message-id ID {verdict}"
        )
