"""Files that are not what their name says: each kind gets a sentence that says what it is and what to do."""

from __future__ import annotations

from importer.errors import InputError

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_PARQUET = b"PAR1"
_NOT_CSV = (
    (_ZIP, "a zip archive or an Excel workbook. Unpack it, or name it .xlsx"),
    (b"PK\x05\x06", "an empty zip archive"),
    (_OLE, "an old Excel workbook (.xls), or one with a password. Save it as .xlsx or .csv"),
    (_PARQUET, "a Parquet file. Name it .parquet"),
    (b"%PDF", "a PDF document. Ask for the data as .csv or .xlsx"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml")
_ADVICE = "Give it the ending of what it is, or export it again."
_MARKS_AND_SPACE = b"\xef\xbb\xbf \t\r\n"


def refuse_no_csv(label: str, head: bytes) -> None:
    """Raise `InputError` when the first bytes of a file that should be CSV are those of something else."""
    if not head:
        raise InputError(f"{label} is empty: it does not even hold a header.")
    for magic, kind in _NOT_CSV:
        if head.startswith(magic):
            raise InputError(f"{label} is not CSV but {kind}.")
    if head.lstrip(_MARKS_AND_SPACE).lower().startswith(_MARKUP):
        raise InputError(
            f"{label} is not CSV but a web page (HTML or XML): perhaps a login page was saved. Export it again."
        )


def refuse_no_parquet(label: str, head: bytes) -> None:
    """Raise `InputError` when a file does not begin as Parquet does."""
    if not head.startswith(_PARQUET):
        raise InputError(f"{label} is {_no(head, 'a Parquet file')}. {_ADVICE}")


def refuse_no_workbook(label: str, head: bytes) -> None:
    """Raise `InputError` when a file does not begin as an .xlsx workbook does."""
    if head.startswith(_OLE):
        raise InputError(f"{label} is an old Excel workbook (.xls), or has a password. Save it as .xlsx without one.")
    if not head.startswith(_ZIP):
        raise InputError(f"{label} is {_no(head, 'an Excel workbook (.xlsx)')}. {_ADVICE}")


def _no(head: bytes, expected: str) -> str:
    return f"not {expected}" if head else f"empty, not {expected}"
