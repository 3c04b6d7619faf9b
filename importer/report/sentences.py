"""What the numbers say in sentences: the same in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.api import SANDBOX_TARGET
from importer.codes import TITLES
from importer.model import Share, Status
from importer.report.money_text import told_of_line, told_of_status
from importer.report.run_text import recorded_text, why_stopped
from importer.text import amount, rows_text, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.report.figures import Report

ROUNDING = (
    "Amounts are exact: nothing was rounded, and sums are right to the last digit. The revenue of invalid rows "
    "is as read; a cell that is no amount counts as a row without revenue."
)


def headline(report: Report) -> str:
    """The verdict in a few words."""
    where = "in the sandbox only" if practised(report) else ""
    if not report.balanced or report.provisional:
        return ", ".join(filter(None, ["In balance so far" if report.balanced else "Out of balance", where]))
    doubt = report.share(Status.IN_DOUBT).rows
    unrecorded = report.not_recorded.rows
    words = ["In balance", where, "" if report.total.rows else "but the file has no rows"]
    words += [f"{report.some_shards} only" if report.some_shards else ""]
    words.append(f"{rows_text(unrecorded)} not recorded" if unrecorded else "")
    words.append(f"{rows_text(doubt)} in doubt" if doubt else "")
    gone = report.kept.get(Status.IN_DOUBT, Share()).rows
    words.append(f"{rows_text(gone)} that left the file in doubt" if gone else "")
    return ", ".join(filter(None, words))


def practised(report: Report) -> bool:
    """Whether all of it went into the sandbox, of which the vendor knows nothing."""
    return report.targets == (SANDBOX_TARGET,)


def tone(report: Report) -> str:
    """How the verdict is coloured: `bad` out of balance, `open` while something is left to do, otherwise `good`."""
    if not report.balanced:
        return "bad"
    differs = report.vendor is not None and not report.vendor.agrees
    left = report.provisional or report.some_shards or any(step.command for step in report.steps)
    return "open" if left or differs else "good"


def currency_text(report: Report) -> str:
    """The currency as far as the results say it: nobody asserts one that was not looked at."""
    names, known_by = report.currency.names, report.currency.known_by
    if report.currency.untold:
        return f"perhaps several: the column {report.currency.untold} says it row by row, once the run has ended"
    if not known_by:
        return "not on record: no column says it of every row, and no amount shows it"
    if not names:
        return f"not on record: {known_by} is empty"
    if len(names) == 1:
        return f"{names[0]}, by {known_by}"
    return f"several, which are not added up: {', '.join(names[:5])}{', …' if len(names) > 5 else ''}"


def input_text(report: Report) -> str:
    """The files that were read, with the beginning of their digests."""
    facts = [fact for run in report.runs for fact in run.inputs]
    digests = {str(fact.get("name")): str(fact.get("sha256")) for fact in facts}
    names = list(report.sources) or list(digests) or [file.name for file in report.files]
    shown = [f"{name} (SHA-256 begins {digests[name][:12]})" if name in digests else name for name in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def target_text(report: Report) -> str:
    """The APIs that rows were sent to."""
    return ", ".join(report.targets) or "not on record"


def mark_of_page(report: Report) -> str:
    """What every printed page says: of which file, run and results it is."""
    names = list(report.sources) or [file.name for file in report.files]
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    parts = [f"{safe_text(names[0])}{more}" if names else ""]
    parts += [f"run {report.last_posting.run}"] if report.last_posting else []
    digest = next((file.sha256 for file in report.files if file.sha256), None)
    others = f" and {len(report.files) - 1:,} more results" if len(report.files) > 1 else ""
    parts += [f"results SHA-256 begins {digest[:16]}{others}"] if digest else ["results not written yet"]
    return " · ".join(filter(None, parts))


def period_text(report: Report) -> str:
    """From the first to the last day of the rows that have one, in the file's zone."""
    if report.period is None:
        return "no row has a day"
    first, last = report.period
    days = f"{first} to {last}" if first != last else first
    so_far = ", as far as rows were sent" if report.unlisted else ""
    return f"{days} ({report.timezone}){so_far}"


def undated_text(report: Report) -> str:
    """The rows that are in no day; empty where there are none."""
    parts = [f"{line.name}: {told_of_line(report, line)}" for line in report.undated if line.file.rows]
    return f"In no day: {'; '.join(parts)}." if parts else ""


def controls_text(report: Report) -> str:
    """How many controls agree, and which do not, or could not be made."""
    agree = sum(check.ok is True for check in report.checks)
    texts = [f"{agree} of {len(report.checks)} controls agree"]
    for word, outcome in (("differs", False), ("open", None)):
        names = [check.title for check in report.checks if check.ok is outcome]
        texts += [f"{word}: {', '.join(dict.fromkeys(names))}"] if names else []
    return "; ".join(texts) + "."


def sentences(report: Report) -> Iterator[str]:
    """What the verdict means, most important first."""
    failed = [check for check in report.checks if check.ok is False]
    if failed:
        controls = "1 control" if len(failed) == 1 else f"{len(failed)} controls"
        yield f"{controls} failed. Do not rely on these figures before that is explained."
        yield from (f"{check.title}: no. {check.text}" for check in failed)
    if practised(report):
        yield "This was practice: the sandbox stood in for the API, and nothing has reached the vendor."
    yield _recorded(report)
    if report.vendor is not None and report.vendor.doubts:
        yield f"By the comparison with the vendor's records: {report.vendor.doubts}"
    yield _the_rest(report)
    if report.vendor is not None:
        yield report.vendor.verdict
    if (last := report.last_posting) is not None and last.stopped:
        yield f"The last run stopped early: {why_stopped(last)}"
    yield from _several(report)
    if report.provisional:
        yield (
            "A run has not ended, or has not written its results: these figures are provisional. Run the same import "
            "again."
        )
        if len(report.runs) > 1 and report.runs[-1].so_far:
            yield f"That run alone: {recorded_text(report, report.runs[-1])}."
    if report.kept:
        kept = "; ".join(f"{TITLES[status].lower()} {report.told(part)}" for status, part in report.kept.items())
        yield (
            f"Beyond the file, earlier runs left rows that are no longer in the input ({kept}). The API has them or "
            "may have them; they are not in the figures of the file."
        )


def _several(report: Report) -> Iterator[str]:
    """What several results of one input, and several currencies, mean for the figures."""
    if report.again:
        yield (
            f"Several of these results are of the same input: {rows_text(report.again)} that one of them left out or "
            "refused stand in another one, and count there."
        )
    if report.currency.untold:
        yield untold_text(report)
    elif report.parts is not None and not report.by_currency:
        yield (
            "These amounts are of several sheets or currencies and are not added up here: the table of parts has each "
            "alone."
        )


def untold_text(report: Report) -> str:
    """Why no amount is shown of a run under way into which several currencies may go."""
    return (
        f"Amounts are not added up before the run has ended: it reads rows of perhaps several currencies, and only its "
        f"results will say by the column {report.currency.untold} which row is of which."
    )


def set_aside_text(report: Report) -> str:
    """The rows that are in no part, and why; without a full stop."""
    are = "is" if report.set_aside == 1 else "are"
    return f"{rows_text(report.set_aside)} {are} left out and may be of any currency: their amounts are in no sum"


def _recorded(report: Report) -> str:
    recorded, doubt = report.share(Status.RECORDED), report.share(Status.IN_DOUBT)
    if report.parts is not None:
        parts = (Status.RECORDED, Status.IN_DOUBT) if doubt.rows else (Status.RECORDED,)
        told = [f"{told_of_status(report, status)} {TITLES[status].lower()}." for status in parts]
        return " ".join(told)
    text = f"Recorded revenue is {amount(recorded.revenue)} ({rows_text(recorded.rows)})."
    if doubt.rows:
        text += (
            f" With the {rows_text(doubt.rows)} in doubt, it is between {amount(recorded.revenue)} and "
            f"{amount(report.at_most.revenue)}."
        )
    return text


def _the_rest(report: Report) -> str:
    rest = [
        f"{TITLES[status].lower()} {told_of_status(report, status)}"
        for status, part in report.by_status.items()
        if status is not Status.RECORDED and part.rows
    ]
    part = report.some_shards
    holder = f"What is here ({part}) holds" if part else "The file holds"
    told = report.told(report.total - Share(report.set_aside), lambda part: part.file)
    rows, they = ("row", "it is") if report.set_aside == 1 else ("rows", "they are")
    more = f", and {report.set_aside:,} more {rows} that may be of any currency, as {they} left out"
    file = f"{holder} {told}{more if report.set_aside else ''}"
    if not rest:
        return f"{file}; all of it is recorded." if report.total.rows else f"{file}: there was nothing to record."
    left_out = report.told(report.left_out, lambda part: part.line.left_out)
    left = f" Nothing is to be done about {left_out} of these." if report.left_out.rows else ""
    return f"{file}; besides what is recorded: {', '.join(rest)}.{left}"


def share_of_rows(share: Share) -> str:
    """The rows alone, where amounts must not be added up."""
    return rows_text(share.rows)


def subject(report: Report) -> str:
    """What was reconciled: the input files, into which API."""
    names = list(report.sources) or [str(fact.get("name")) for run in report.runs[-1:] for fact in run.inputs]
    names = names or [file.name for file in report.files]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
    return f"{shown} into {', '.join(report.targets) or 'an unnamed API'}"


def month_end_text(report: Report) -> str:
    """What the two calendars differ by."""
    if report.timezone == "UTC":
        return "The file's zone is UTC, in which rows are sent: there is one calendar."
    if not report.month_end.rows:
        return f"No row is in another month in UTC than in {report.timezone}."
    crossing = report.told(report.month_end, lambda part: part.month_end)
    are, them = ("is", "it") if report.month_end.rows == 1 else ("are", "them")
    return (
        f"{crossing} {are} in another month in UTC, as rows are sent, than in {report.timezone}: the totals by month "
        f"differ by {them}."
    )
