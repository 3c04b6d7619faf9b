"""The whole of a comparison: from the names of files to what came of it, and what is written about it."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING

from importer.disk import as_paths
from importer.errors import InputError, SettingsError
from importer.reconciling.applying import held_desk
from importer.reconciling.comparison import compare
from importer.reconciling.drafting import write_draft
from importer.reconciling.export import read_export
from importer.reconciling.files import check_outputs
from importer.reconciling.guards import Terms
from importer.reconciling.outcome import by_totals, outcome_of
from importer.reconciling.refusals import check_export, check_mark
from importer.reconciling.rule import NOT_RECORDED, RECORDED
from importer.reconciling.scope import scoped_fields, within_scope
from importer.reconciling.section import write_section
from importer.reconciling.sent import read_sent
from importer.reconciling.totals import compare_totals
from importer.report import expand_results
from importer.settings import InputSettings, ReconcileSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from importer.reconciling.export import Export
    from importer.reconciling.outcome import Reconciliation
    from importer.reconciling.sent import Sent

_VERDICTS = {"recorded": (RECORDED,), "all": (RECORDED, NOT_RECORDED)}


def reconcile(
    results: str | Path | Sequence[str | Path],
    against: str | Path,
    reading: InputSettings | None = None,
    settings: ReconcileSettings | None = None,
    *,
    confirm: Callable[[Reconciliation], bool] = lambda _: True,
    command: Sequence[str] = (),
) -> Reconciliation:
    """Compare results of imports with an export of what the vendor has, and settle rows in doubt by proof.

    Args:
        results: results files or patterns.
        against: the export: one CSV, Excel or Parquet file.
        reading: how the export is read: its mapping, zone, formats. `map` may also have `revenue_id` and `stored_at`.
        settings: what is compared, and what is written; nothing, unless told.
        confirm: shown what was found before verdicts are written; False leaves them unwritten.
        command: the arguments of this command, which the next ones in a report repeat; they are not whole without.

    Raises:
        ResultsError: results cannot be used, or an import is using them.
        InputError: the export cannot be used.
        SettingsError: an option cannot be used.
        StorageError: the disk refused; of that results file no verdict was written.
    """
    reading, settings = reading or InputSettings(), settings or ReconcileSettings()
    paths = expand_results([str(name) for name in as_paths(results)])
    if settings.apply and not (settings.why or "").strip():
        raise SettingsError("Say with --why where the export is from: the verdicts keep it.")
    check_outputs(settings, paths)
    with held_desk(paths) if settings.apply else nullcontext() as desk:
        sent = read_sent(paths) if desk is None else desk.read()
        found = _found(sent, str(against), reading, settings)
        if settings.verdicts is not None:
            write_draft(found, settings.verdicts)
        if desk is not None and settings.apply and confirm(found):
            found = desk.write(found, _VERDICTS[settings.apply], (settings.why or "").strip(), settings.by)
    if settings.report is not None:
        write_section(found, paths, settings.report, command)
    return found


def _found(sent: Sent, against: str, reading: InputSettings, settings: ReconcileSettings) -> Reconciliation:
    export = read_export(against, reading, settings.ours)
    if export.sha256 in sent.inputs:
        raise InputError(
            f"{export.name} is the file that was imported. --against takes an export of what the vendor has of it."
        )
    if not export.columns.has_ids:
        return _by_totals(sent, export, reading, settings)
    check_export(export)
    check_mark(sent.rows, export)
    terms = Terms(
        settle=timedelta(seconds=settings.settle_s),
        window=timedelta(seconds=settings.window_s),
        marked=settings.ours is not None,
        resent=sent.resent,
        scoped=frozenset(field for field, _ in scoped_fields(export.columns)),
    )
    comparison = compare(within_scope(sent.rows, export.columns), export, reading.timezone, terms)
    return outcome_of(comparison, export, sent)


def _by_totals(sent: Sent, export: Export, reading: InputSettings, settings: ReconcileSettings) -> Reconciliation:
    if settings.apply or settings.verdicts:
        raise SettingsError(
            f"{export.name} has no message ids, so that totals alone can be compared, and these prove nothing of a "
            f"row: --apply and --verdicts need an export that is row by row. {export.columns.advice}"
        )
    _refuse_hidden_ids(sent, export)
    groups, zone = compare_totals(sent, export, reading.timezone)
    return by_totals(groups, zone, export, sent)


def _refuse_hidden_ids(sent: Sent, export: Export) -> None:
    """Refuse totals where a column that nobody mapped has the message ids."""
    ids = sent.rows["message_id"].drop_nulls().unique()
    for at, name in export.columns.others.items():
        cells = export.others[str(at)].str.strip_chars().replace("", None).drop_nulls()
        if len(cells) and cells.is_in(ids.implode()).sum() * 2 > len(cells):
            raise SettingsError(
                f"{export.name} is row by row: its column {name} holds message ids. Say --map "
                f"message_id={shlex.quote(name)}."
            )
