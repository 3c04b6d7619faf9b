"""The report as one JSON object. Amounts are text in plain notation, exact; what is unknown is null.

balanced, provisional, exit       whether no control failed; whether a run has not ended; 0 or 1
rows, revenue                     of the whole input
adds_up                           false where amounts may be of several currencies: then those at the top are control
                                  sums over all of them, which are no money; money is in `by_currency`
by_status, by_attribution_type    {name: {"rows", "revenue"}}, as `import --json` has them
by_code                           {code: rows}
recorded, at_most                 shares: confirmed by the API; confirmed or in doubt
left_out, not_recorded            shares: left out knowingly; certainly not recorded besides
refunds                           share of the negative amounts, which are in no other figure
counted                           share of the input as the run counted it when it read it
period                            its first and last day in `timezone`
currencies                        in which the amounts are, by a kept column or what the imports noted or were told
by_currency                       where they are not added up, of each (and "" of rows without one; not of rows that
                                  were left out and may be of any): [{"name", "rows",
                                  "revenue", "by_status", "by_attribution_type", "by_offer", "by_month",
                                  "by_month_local", "left_out", "refunds"}]
not_in_input                      {status: share} of rows that earlier runs left and the input no longer holds
checks                            [{"name", "ok": true | false | null, "text"}]
by_offer, by_day, by_day_local,   [{"name", "file", "recorded", "in_doubt", "not_recorded"}], shares each; days
by_month, by_month_local          and `left_out`; months in UTC, those that end in `_local` in `timezone`
                                  (in a run under way the line "rows without a line yet" stands for what is
                                  not sent; so it does in by_attribution_type)
timezone, month_end               the file's zone; share of the rows in another month there than in UTC
in_doubt                          at most 500, of each code the largest, in their order:
                                  [{"source", "row", "message_id", "revenue", "from", "to", …}]
files                             [{"path", "rows", "revenue", "sha256", "read": "results" | "journal", "shard"}]
runs, verdicts                    from the journal; `so_far` {status: share} is of a run whose end is not on record
next                              [{"text", "command"}]
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from importer.model import FIELDS, Status, added
from importer.report.listing import MAX_LISTED
from importer.text import share_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.report.breakdown import Breakdown
    from importer.report.figures import Report
    from importer.report.parts import Part
    from importer.report.runs import Run

_DOUBT = ("results", "source", "row", *FIELDS, "error_code", "from", "to", "revenue_id", "attempts", "target")


def report_fields(report: Report) -> dict[str, Any]:
    """The report as the object of `--json`."""
    by_code = added({reason.code: reason.share} for reason in report.reasons if reason.code and reason.share.rows)
    return {
        "balanced": report.balanced,
        "provisional": report.provisional,
        "exit": int(not report.balanced),
        "made_at": report.made_at,
        **share_fields(report.total),
        "adds_up": report.parts is None,
        "by_status": {str(status): share_fields(part) for status, part in report.by_status.items() if part.rows},
        "by_code": {code: share.rows for code, share in by_code.items()},
        "by_attribution_type": {line.name: share_fields(line.file) for line in report.kinds.lines},
        "recorded": share_fields(report.share(Status.RECORDED)),
        "at_most": share_fields(report.at_most),
        "left_out": share_fields(report.left_out),
        "not_recorded": share_fields(report.not_recorded),
        "refunds": share_fields(report.refunds),
        "counted": share_fields(report.counted) if report.counted else None,
        "period": list(report.period) if report.period else None,
        "currencies": list(report.currency.names),
        "by_currency": [_currency(part) for part in report.parts or ()] if report.by_currency else [],
        "not_in_input": {str(status): share_fields(part) for status, part in report.kept.items()},
        "checks": [{"name": check.name, "ok": check.ok, "text": check.text} for check in report.checks],
        "by_offer": _lines(report.offers),
        "by_day": _lines(report.days),
        "by_day_local": _lines(report.local_days),
        "by_month": _lines(report.months),
        "by_month_local": _lines(report.local_months),
        "timezone": report.timezone,
        "month_end": share_fields(report.month_end),
        "in_doubt": [
            {name: line.get(name, "") or None for name in _DOUBT}
            for line in _in_doubt(report)
        ],
        "files": [
            {"path": file.path, **share_fields(file.share),
             "sha256": file.sha256, "read": file.read, "shard": file.shard} for file in report.files
        ],
        "targets": list(report.targets),
        "runs": [_run(run) for run in report.runs],
        "verdicts": [{name: text or None for name, text in asdict(verdict).items()} for verdict in report.verdicts],
        "next": [{"text": step.text, "command": step.command} for step in report.steps],
    }  # fmt: skip


def _in_doubt(report: Report) -> list[Mapping[str, str]]:
    reasons = (reason for reason in report.reasons if reason.status is Status.IN_DOUBT)
    lines = [line for reason in reasons for line in reason.lines]
    return sorted(lines, key=lambda line: int(line["at"]))[:MAX_LISTED]


def _lines(found: Breakdown) -> list[dict[str, Any]]:
    return [
        {
            "name": line.name,
            "file": share_fields(line.file),
            "recorded": share_fields(line.recorded),
            "in_doubt": share_fields(line.in_doubt),
            "left_out": share_fields(line.left_out),
            "not_recorded": share_fields(line.others),
        }
        for line in found.lines
    ]


def _currency(part: Part) -> dict[str, Any]:
    return {
        "name": part.value,
        **share_fields(part.file),
        "by_status": {str(status): share_fields(share) for status, share in part.line.by_status.items()},
        "left_out": share_fields(part.line.left_out),
        "refunds": share_fields(part.refunds),
        "by_attribution_type": {line.name: share_fields(line.file) for line in part.kinds.lines},
        "by_offer": _lines(part.offers),
        "by_month": _lines(part.months),
        "by_month_local": _lines(part.local_months),
    }


def _run(run: Run) -> dict[str, Any]:
    facts = {name: getattr(run, name) for name in run.__slots__ if name not in ("recorded", "so_far", "inputs", "rate")}
    unknown = {name for name in ("by", "plan", "approved") if facts[name] is None}  # to earlier versions
    facts = {name: fact for name, fact in facts.items() if name not in unknown}
    return {
        **facts,
        "options": dict(run.options),
        "inputs": [dict(fact) for fact in run.inputs],
        "recorded": share_fields(run.recorded) if run.recorded else None,
        **(
            {"so_far": {str(status): share_fields(share) for status, share in run.so_far.items()}} if run.so_far else {}
        ),
        "approval": asdict(run.approval) if run.approval else None,
        "rate": [list(point) for point in run.rate],
    }
