"""What is told of a run in words: how it ended, what it recorded and asked of the API, with which options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.codes import TITLES, words
from importer.settings import recorded_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.report.figures import Report
    from importer.report.runs import Run

_DEFAULTS = {one.name: one.default for one in recorded_options()}


def run_text(run: Run, runs: Sequence[Run]) -> str:
    """How a run ended; of those of a results file one begins after another, so that an open end is the last one's."""
    if run.ended is None:
        later = any(other.results == run.results and other.started > run.started for other in runs)
        return "was interrupted; a later run went on" if later else "has not ended, or was interrupted"
    return f"stopped early: {why_stopped(run)}" if run.stopped else "ended by itself"


def why_stopped(run: Run) -> str:
    """Why a run ended early: in its own sentence, where the journal has it."""
    return run.why or f"{words(run.stopped or '')}."


def effort_text(run: Run) -> str:
    """What a run asked of the API, how long it paused, and how soon it was answered."""
    if run.requests is None:
        return "not on record; the counts are kept when a run ends"
    parts = [f"{run.requests:,}, of which {run.retries or 0:,} repeated and {run.throttled or 0:,} throttled (429)"]
    if run.paused_s is not None:
        parts.append(f"paused {run.paused_s:,.1f} s")
    if times := run.latency_ms:
        parts.append(f"answered in {ms(times['p50'])} ms (median), {ms(times['p99'])} ms (99 %)")
    return "; ".join(parts)


def ms(value: float) -> str:
    """Milliseconds to three figures."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def options_text(run: Run) -> tuple[str, str]:
    """The options of a run: those that were chosen, and those that were left at their defaults."""
    chosen: list[str] = []
    left: list[str] = []
    for name, value in run.options.items():
        is_left = name in _DEFAULTS and (tuple(value) if isinstance(value, list) else value) == _DEFAULTS[name]
        if value is not None and value != [] and not (is_left and value is False):
            (left if is_left else chosen).append(f"{name}={_option(value)}")
    return ", ".join(chosen), ", ".join(left)


def _option(value: object) -> str:
    if isinstance(value, list):
        return " and ".join(map(str, value))
    return "yes" if value is True else f"{value:g}" if isinstance(value, float) else str(value)


def recorded_text(report: Report, run: Run) -> str:
    """What a run recorded: of one whose end is not on record what its journal has of it, which is all that it sent."""
    if run.recorded is not None:
        return report.told(run.recorded)
    if not run.so_far:
        return "not on record"
    return ", ".join(f"{TITLES[status].lower()} {report.told(share)}" for status, share in run.so_far.items())


def no_journal_text(report: Report) -> str:
    """What cannot be known without a run in a journal; empty when there is one."""
    if report.runs:
        return ""
    unknown = "the input's checksum and size, the version, the options and the times of the runs, requests and retries"
    if any(file.has_journal for file in report.files):
        return f"The journal knows of no run, so this report cannot know {unknown}."
    return (
        f"No journal was found beside the results, so this report cannot know {unknown}, and whether the results were "
        "changed or cut since they were written."
    )
