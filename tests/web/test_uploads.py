"""Files that come: whole or not at all, within limits, under a name that does no harm."""

from __future__ import annotations

import os
import stat

import pytest
import xlsxwriter

from importer.web.preview import look
from importer.web.uploads import NoRoomError, Upload, plain_name

HEADER = b"message_id,revenue,attribution_type\n"


def kept(site) -> list[str]:
    """All that is in the folder of uploads."""
    root = site.desk.folder.root / "uploads"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.fixture
def small(make_site, users):
    """A page that takes a hundred bytes."""
    return make_site(users=users, max_upload=100)


@pytest.fixture
def person(small, visit):
    """A preparer there."""
    found = visit(small)
    found.client.cookies.set("revenue-importer-8484", small.sessions.begin(small.users.users()["pia"]))
    return found


def test_versions_are_kept_beside_each_other_for_the_owner_only(small, person):
    path = person.begin()
    for number in (1, 2):
        answer = person.put(f"{path}/file?name=june.csv", HEADER * number)
        assert (answer.status_code, answer.json()["version"]) == (201, number)
    import_id = path.rsplit("/", 1)[1]
    assert kept(small) == [f"{import_id}/v{n}/{name}" for n in (1, 2) for name in ("file/june.csv", "original")]
    for number in (1, 2):
        original = small.desk.folder.original(import_id, number)
        assert original.read_bytes() == HEADER * number
        assert stat.S_IMODE(original.stat().st_mode) == 0o600
        assert stat.S_IMODE(original.parent.stat().st_mode) == 0o700
    for folder in ("", "uploads", "results", "runs", "profiles"):
        assert stat.S_IMODE((small.desk.folder.root / folder).stat().st_mode) == 0o700
    assert stat.S_IMODE(small.desk.folder.events.stat().st_mode) == 0o600


def chunks(total: int):
    async def stream():
        for _ in range(total // 10):
            yield b"0123456789"

    return stream()


@pytest.mark.parametrize("content", [b"x" * 101, lambda: chunks(1000)], ids=["said", "found out"])
def test_what_is_too_large_is_413_and_nothing_is_kept(small, person, content):
    path = person.begin()
    body = content() if callable(content) else content
    assert person.put(f"{path}/file?name=june.csv", body).status_code == 413
    assert kept(small) == []
    assert person.state(path)["state"] == "new"


def test_an_upload_that_breaks_off_leaves_nothing(small, person):
    path = person.begin()

    async def broken():
        yield HEADER
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        person.put(f"{path}/file?name=june.csv", broken())
    assert kept(small) == []
    assert person.state(path)["version"] == 0


def test_what_a_killed_server_left_of_an_upload_is_taken_away(small, person):
    folder = small.desk.folder
    Upload(folder, "abcd1234", 10).write(b"x")
    assert len(kept(small)) == 1
    with folder.served():
        assert kept(small) == []


@pytest.mark.parametrize("query", ["", "?name=", "?name=/", "?name=.."])
def test_a_file_has_a_name(small, person, query):
    path = person.begin()
    assert person.put(f"{path}/file{query}", HEADER).status_code == 400
    assert kept(small) == []


def test_an_empty_file_is_none(small, person):
    assert person.put(f"{person.begin()}/file?name=june.csv", b"").status_code == 400
    assert kept(small) == []


def test_a_form_brings_a_file_without_script(small, person):
    path = person.begin()
    files = {"file": ("C:\\Users\\x\\june <b>.csv", HEADER)}
    answer = person.client.post(f"{path}/file", files=files, headers=person.headers)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert person.state(path)["file"] == "june _b_.csv"
    files = {"file": ("june.csv", b"x" * 101)}
    assert person.client.post(f"{path}/file", files=files, headers=person.headers).status_code == 413
    assert person.state(path)["version"] == 1


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\nabc"),
        ("multipart/form-data; boundary=x", b"nonsense"),
        ("multipart/form-data", b"--x--"),
        ("text/plain", b"abc"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'),
    ],
    ids=["cut", "nonsense", "no boundary", "no form", "no file"],
)
def test_a_form_that_is_none_leaves_nothing(small, person, kind, body):
    path = person.begin()
    answer = person.client.post(f"{path}/file", content=body, headers=person.headers | {"Content-Type": kind})
    assert answer.status_code == 400
    assert kept(small) == []


def test_a_full_disk_is_told_before_the_bytes_come(small, person, monkeypatch):
    monkeypatch.setattr("importer.web.uploads._RESERVE", 1 << 62)
    assert person.put(f"{person.begin()}/file?name=june.csv", HEADER).status_code == 507
    assert kept(small) == []
    with pytest.raises(NoRoomError), Upload(small.desk.folder, "abcd1234", 10) as upload:
        upload.write(b"x")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("june.csv", "june.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\x\\june.csv", "june.csv"),
        ("*.csv", "csv"),
        ("-o.csv", "o.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a?[b].csv.gz", "a__b_.csv.gz"),
        ("Umsätze Juni.xlsx", "Umsätze Juni.xlsx"),
        ("x" * 300 + ".csv", "x" * 100 + ".csv"),
        ("\N{SNOWMAN}" * 300 + ".csv", None),
        ("a\nb\u202e.csv", None),
        ("..", ""),
    ],
)
def test_a_name_is_of_use_to_every_system(given, name):
    found = plain_name(given)
    assert name is None or found == name
    assert len(os.fsencode(found)) <= 255
    assert "/" not in found
    assert found.isprintable()


def test_every_row_of_every_sheet_can_be_looked_at(tmp_path):
    """Who approves several sheets sees more than the first."""
    with xlsxwriter.Workbook(tmp_path / "two.xlsx") as book:
        for sheet, titles in (("May", ["message_id", "revenue"]), ("June", ["message_id", "revenue", "note"])):
            page = book.add_worksheet(sheet)
            for row, cells in enumerate([titles, *[[f"{sheet}{n}"] * len(titles) for n in range(1, 4)]]):
                page.write_row(row, 0, cells)
    found = look(str(tmp_path / "two.xlsx"), {"sheet": ["May", "June"]}, 2, 2)
    assert found["titles"] == ["message_id", "revenue", "note"]
    assert (found["rows"], found["places"]) == ([["May3", "May3", ""], ["June1"] * 3], ["May, 3", "June, 1"])
    assert found["more"]
