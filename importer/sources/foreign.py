"""Files that are not what their name says: each kind gets a sentence that says what it is and what to do."""

from __future__ import annotations

from importer.errors import InputError

_KINDS = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook. Unpack it, or name it .xlsx"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one with a password. Save it as .xlsx or .csv"),
    (b"PAR1", "a Parquet file. Name it .parquet"),
    (b"%PDF", "a PDF document. Ask for the data as .csv or .xlsx"),
)
_HTML = (b"<!doctype", b"<html", b"<?xml")
_MARKS_AND_SPACE = b"\xef\xbb\xbf \t\r\n"


def refuse_foreign(label: str, head: bytes) -> None:
    """Raise `InputError` when the first bytes of a file that should be CSV are those of something else."""
    if not head:
        raise InputError(f"{label} is empty: it does not even hold a header.")
    for magic, kind in _KINDS:
        if head.startswith(magic):
            raise InputError(f"{label} is not CSV but {kind}.")
    if head.lstrip(_MARKS_AND_SPACE).lower().startswith(_HTML):
        raise InputError(
            f"{label} is not CSV but a web page (HTML or XML): perhaps a login page was saved. Export it again."
        )
