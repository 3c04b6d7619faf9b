"""Every exception that this package raises on purpose.

    ImporterError                  a sentence for the user: what happened, where, what to do
    ├── SettingsError              an option, or a combination of options, that cannot be used
    │   └── ApiKeyError            the API key is missing or malformed (never contains the key)
    ├── InputError                 an input file that cannot be read, or be trusted, as a whole
    ├── ControlError               the control totals that the user gave are not those of the input
    ├── PlanChangedError           the plan is not the one that was approved
    ├── ResultsError               RESULTS or its journal cannot be used for this input
    │   ├── JournalError           the journal is damaged in a way that must not be repaired
    │   ├── LockedError            another run holds this RESULTS
    │   ├── NotResultsError        a file is no results file at all
    │   ├── OtherTargetError       results of an import into another API
    │   └── OverlapError           another results file already records rows of this input
    └── StorageError               the disk refused a write that the promise depends on

A row that is wrong is data (a status and a code), never an exception. All of these mean that the run did not
start (exit status 2), except `StorageError`, which stops a run that is under way (3).
"""

from __future__ import annotations


class ImporterError(Exception):
    """A failure with one or two sentences for the user; `exit_status` is what the command ends with."""

    exit_status = 2


class SettingsError(ImporterError):
    """An option, or a combination of options, cannot be used."""


class ApiKeyError(SettingsError):
    """The API key is missing or malformed. The message never contains it."""


class InputError(ImporterError):
    """An input file cannot be read, or cannot be trusted as a whole."""


class ControlError(ImporterError):
    """`--expect-rows` or `--expect-total` differs from the input; nothing was posted."""


class PlanChangedError(ImporterError):
    """The plan is not that of `--expect-plan`; nothing was posted. The message says what changed."""


class ResultsError(ImporterError):
    """RESULTS or its journal cannot be used for this input; both are left untouched."""


class JournalError(ResultsError):
    """The journal is damaged before its end, or is not a journal."""


class LockedError(ResultsError):
    """Another run is using this RESULTS."""


class NotResultsError(ResultsError):
    """A file is no results file at all."""


class OtherTargetError(ResultsError):
    """Results are those of an import into another API."""


class OverlapError(ResultsError):
    """Another results file already records rows of this input, or may."""


class StorageError(ImporterError):
    """The disk refused a write; sending has stopped and nothing recorded is forgotten."""

    exit_status = 3
