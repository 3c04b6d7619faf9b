"""The Python API as a type checker sees it, which reads this file among those of the package; nothing runs it.

The document's examples to the letter, and every public name with the type that it is said to have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

import importer

if TYPE_CHECKING:
    from collections.abc import Mapping


def an_import() -> None:
    """The document's example."""

    import os
    import sys

    from importer import ImporterError, Settings, run_import

    try:
        summary = run_import(Settings(inputs=("june.csv",), api_key=os.environ["TRACKLY_API_KEY"]))
    except ImporterError as error:  # the sentence that the command would print
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    print(f"{summary.posted.rows} rows posted, {summary.posted.revenue}")
    sys.exit(summary.exit_status)


def a_verdict() -> None:
    """The document's example."""

    from pathlib import Path

    from importer import Status, Verdict, make_report, read_status, resolve

    results = Path("june.results.csv")
    status = read_status(results)
    print(status.state, status.settled, "of", status.to_post, status.rows_a_second)
    if not status.alive and status.by_status.get(Status.IN_DOUBT):
        resolve(
            results, [Verdict(recorded=True, why="seen in the dashboard", row=17)], confirm=lambda cases: True, by="Ana"
        )
    print(make_report([results]).balanced)


def results_as_data() -> None:
    """The document's example."""

    import polars as pl

    from importer import load_results

    recorded = load_results("june.results.csv").filter(pl.col("status") == "recorded")
    recorded.write_parquet("recorded.parquet")


class Listening(importer.SilentListener):
    """A listener that overrides nothing is one."""


def every_name(key: str) -> None:
    """Whoever calls it like this has these types."""
    listener: importer.Listener = Listening()
    settings = importer.Settings(inputs=("june.csv",), api_key=key)
    try:
        assert_type(importer.run_check(importer.InputSettings(inputs=("june.csv",)), listener), importer.Summary)
        summary = importer.run_import(settings, listener)
    except importer.PlanChangedError as error:
        assert_type(error.exit_status, int)
        raise importer.ImporterError(str(error)) from error
    assert_type(summary, importer.Summary)
    assert_type(summary.posted, importer.Share)
    by_status: Mapping[importer.Status, importer.Share] = summary.by_status
    assert_type(by_status[importer.Status.RECORDED].rows, int)
    assert_type(importer.run_on_cluster(settings, shards=2), importer.Summary)
    assert_type(importer.__version__, str)


def after_an_import() -> None:
    """Results are named by texts or paths, one or several."""
    assert_type(importer.read_status("june.results.csv"), importer.RunStatus)
    assert_type(importer.make_report("june.results.csv"), importer.Report)
    assert_type(importer.make_report(["june.results.csv", "july.results.csv"]).balanced, bool)
    importer.write_report("june.results.csv", "june.html")
    assert_type(importer.load_results("june.results.csv").height, int)
    verdict = importer.Verdict(recorded=True, why="seen in the dashboard", row=17)
    cases, is_shown = importer.resolve("june.results.csv", [verdict], lambda cases: len(cases) == 1, by="Ana")
    assert_type(cases[0], importer.Case)
    assert_type(is_shown, bool)
    found = importer.reconcile(
        "june.results.csv", "vendor.csv", importer.InputSettings(timezone="Europe/Berlin"),
        importer.ReconcileSettings(ours="source=api"), confirm=lambda found: found.balanced,
    )  # fmt: skip
    assert_type(found, importer.Reconciliation)
    assert_type(found.exit_status, int)
