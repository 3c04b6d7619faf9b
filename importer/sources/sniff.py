"""Files that are not what their name says: each kind gets a sentence that says what it is and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_PARQUET = b"PAR1"
_UNPACK = "Unpack it, or pack it as .gz or .zst"
_TABLE = "Export its table as .csv"
_ANOTHER_EXPORT = "Export it as Parquet or .csv"
_PICTURE = "a picture. Ask for the data as .csv or .xlsx"
_KINDS = (
    (_OLE, "an old Excel workbook (.xls), or one with a password. Save it as .xlsx without one, or as .csv"),
    (b"PK\x05\x06", "an empty zip archive. Pack it again"),
    (b"PARE", "an encrypted Parquet file. Export it without encryption"),
    (b"%PDF", "a PDF document. Ask for the data as .csv or .xlsx"),
    (b"{\\rtf", "a text document (RTF). Ask for the data as .csv or .xlsx"),
    (b"7z\xbc\xaf", "a 7z archive. Unpack it"),
    (b"Rar!", "a RAR archive. Unpack it"),
    (b"LZIP\x01", f"lzip data. {_UNPACK}"),
    (b"\x04\x22\x4d\x18", f"LZ4 data. {_UNPACK}"),
    (b"\x5d\x00\x00", f"LZMA data. {_UNPACK}"),
    (b"\xff\x06\x00\x00sNaPpY", f"Snappy data. {_UNPACK}"),
    (b"\x1f\x9d", f"data packed by compress (.Z). {_UNPACK}"),
    (b"SQLite format 3", f"a database. {_TABLE}"),
    (b"\x00\x01\x00\x00Standard ", f"a database of Access. {_TABLE}"),
    (b"Obj\x01", f"an Avro file. {_ANOTHER_EXPORT}"),
    (b"ARROW1\0\0", f"an Arrow file. {_ANOTHER_EXPORT}"),
    (b"\x89HDF", f"an HDF5 file. {_ANOTHER_EXPORT}"),
    (b"$FL2@(#)", f"a file of SPSS. {_ANOTHER_EXPORT}"),
    (b"-----BEGIN PGP", "an encrypted file (PGP). Decrypt it"),
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF89a", _PICTURE),
)
_BINARY = "an Excel binary workbook (.xlsb). Save it as .xlsx or .csv"
_WORKBOOK = "an Excel workbook. Name it .xlsx"
_IN_ANOTHER = "Unpack it, and name the file that is in it"
# By what stands in such a zip archive.
_ZIP_KINDS = (
    (r"xl/workbook\.bin", _BINARY),
    (r"xl/workbook\.xml|xl/worksheets/.*", _WORKBOOK),
    (r"index/.*\.iwa|index\.zip", "an Apple Numbers document. Export it as .xlsx or .csv"),
    (r"(content|meta)\.xml|mimetype", "an OpenDocument spreadsheet (.ods). Save it as .xlsx or .csv"),
    (r"\[content_types\]\.xml", "an Office document. Save its table as .xlsx or .csv"),
)
_TAR_AT, _TAR = 257, b"ustar"
_ORC = re.compile(rb"ORC[^ -~\t\r\n]")  # a column may be called ORCID
_JSON = re.compile(rb'[{\[]\s*(?:["{\[]|[}\]])')
_MARKUP = re.compile(rb"<(?:!doctype|html|head|meta|body|style|table|div|\?xml)\b|mime-version:", re.IGNORECASE)
_XML_SHEET = re.compile(rb"excel\.sheet|office:spreadsheet", re.IGNORECASE)
_ADVICE = "Give it the ending of what it is, or export it again."
_MARKS_AND_SPACE = b"\xef\xbb\xbf \t\r\n"


def refuse_no_csv(label: str, head: bytes, *, packed: str | None = None) -> None:
    """Raise `InputError` when the first bytes of a file that should be CSV are those of something else.

    `packed` is how they were packed.
    """
    if not head:
        raise InputError(f"{label} is empty: it does not even hold a header.")
    kind = _kind(head, label)
    if kind is not None and packed is not None:
        raise InputError(f"{label} does not hold CSV but {kind.partition('. ')[0]}. {_IN_ANOTHER}.")
    if kind is not None:
        raise InputError(f"{label} is not CSV but {kind}.")


def refuse_no_parquet(label: str, head: bytes) -> None:
    """Raise `InputError` when a file does not begin as Parquet does."""
    if not head.startswith(_PARQUET):
        raise InputError(f"{label} is {_no(label, head, 'a Parquet file')}.")


def refuse_no_workbook(label: str, head: bytes) -> None:
    """Raise `InputError` when a file does not begin as an .xlsx workbook does."""
    if not head.startswith(_ZIP):
        raise InputError(f"{label} is {_no(label, head, 'an Excel workbook (.xlsx)')}.")


def zip_kind(names: Iterable[str]) -> str | None:
    """What a zip archive of files with these names is, and what to do with it; None for any archive."""
    plain = list(map(_plain, names))
    return next((kind for pattern, kind in _ZIP_KINDS if any(re.fullmatch(pattern, name) for name in plain)), None)


def other_spreadsheet(names: Iterable[str]) -> str | None:
    """What a zip archive of such files is if no .xlsx workbook, whose parts may have any names, can be so made up."""
    names = list(names)
    kind = zip_kind(names)
    may_be_xlsx = "_rels/.rels" in map(_plain, names)
    return kind if kind == _BINARY or (kind != _WORKBOOK and not may_be_xlsx) else None


def _plain(name: str) -> str:
    """The name of a file in an archive, as other programs write it, too."""
    return name.replace("\\", "/").lstrip("/").lower()


def _kind(head: bytes, label: str) -> str | None:
    """What a file is that begins so, and what to do; None where it may be CSV."""
    start = head.lstrip(_MARKS_AND_SPACE)
    if head.startswith(_ZIP):
        return "a zip archive or an Excel workbook. Unpack it, or name it .xlsx"
    if head.startswith(_PARQUET):
        return "a Parquet file. Name it .parquet"
    if head[_TAR_AT:].startswith(_TAR):
        return "a tar archive. Unpack it"
    if _JSON.match(start):
        return "JSON. Convert it, or ask for the data as .csv or .xlsx"
    if _MARKUP.match(start):
        return _kind_of_markup(head, label)
    if _ORC.match(head):
        return f"an ORC file. {_ANOTHER_EXPORT}"
    return next((kind for magic, kind in _KINDS if head.startswith(magic)), None)


def _kind_of_markup(head: bytes, label: str) -> str:
    if _XML_SHEET.search(head):
        return "a spreadsheet as XML (Excel 2003). Open it in Excel, and save it as .xlsx"
    if label.lower().endswith((".xls", ".xlsx")):
        return "a web page (HTML), as some programs write for Excel. Open it in Excel, and save it as .xlsx"
    return "a web page (HTML or XML): perhaps a login page was saved. Export it again"


def _no(label: str, head: bytes, expected: str) -> str:
    if not head:
        return f"empty, not {expected}. {_ADVICE[:-1]}"
    return f"not {expected} but {_kind(head, label) or f'something else. {_ADVICE[:-1]}'}"
