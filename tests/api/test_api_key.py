"""The API key: where it may come from, what is refused, and that it is shown nowhere."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.key import exposure, has_documented_form, read_api_key
from importer.errors import ApiKeyError
from importer.text import holds_key

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "trk_" + "A1b2" * 8


def nobody(_prompt: str) -> str:
    pytest.fail("somebody was asked")


@pytest.mark.parametrize(
    "raw",
    [
        KEY.encode(), KEY.encode() + b"\n", b"  " + KEY.encode() + b"\r\n", b"\xef\xbb\xbf" + KEY.encode() + b"\n\n",
        b"\xff\xfe" + (KEY + "\r\n").encode("utf-16-le"), b"\t" + KEY.encode() + b"\x0b\x0c",
    ],
)  # fmt: skip
def test_surroundings_of_the_key_are_taken_off(tmp_path: Path, raw: bytes) -> None:
    """White space and a byte-order mark around the key are not part of it."""
    (tmp_path / "key").write_bytes(raw)
    assert read_api_key(str(tmp_path / "key"), None, {}) == KEY


def test_sources_have_an_order(tmp_path: Path) -> None:
    """The file that was named comes first, then TRACKLY_API_KEY, then a systemd credential, then the person."""
    (tmp_path / "named").write_text("from-the-file\n")
    (tmp_path / "trackly_api_key").write_text("from-the-credential\n")
    environment = {"TRACKLY_API_KEY": "from-the-variable", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read_api_key(str(tmp_path / "named"), nobody, environment) == "from-the-file"
    assert read_api_key(None, nobody, environment) == "from-the-variable"
    environment["TRACKLY_API_KEY"] = " \n"
    assert read_api_key(None, nobody, environment) == "from-the-credential"
    (tmp_path / "trackly_api_key").unlink()
    assert read_api_key(None, lambda _: " from-the-person ", environment) == "from-the-person"
    assert read_api_key(None, lambda _: "from-the-person", {}) == "from-the-person"


def test_standard_input_can_hold_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads the key from standard input, even when a variable holds another."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{KEY}\n".encode())))
    assert read_api_key("-", None, {"TRACKLY_API_KEY": "other"}) == KEY


@pytest.mark.parametrize(("is_terminal", "key"), [(True, "from-the-person"), (False, "from-the-pipe")])
def test_standard_input_that_is_a_terminal_is_asked_without_an_echo(
    is_terminal: bool, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` at a terminal puts the hidden question; what is piped in is read, though a terminal could be asked."""
    stdin = io.TextIOWrapper(io.BytesIO(b"from-the-pipe\n"))
    monkeypatch.setattr(stdin, "isatty", lambda: is_terminal)
    monkeypatch.setattr(sys, "stdin", stdin)
    assert read_api_key("-", lambda _: "from-the-person", {}) == key


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("trk_abc def", "white space inside"),
        ("trk_abc\ndef", "white space inside"),
        ("trk_abc\tdef", "white space inside"),
        ("trk_abc\u00a0def", "not ASCII"),
        ("trk_\u0430bcdef", "not ASCII"),
        ("trk_abc\x00def", "control character"),
        ("trk_abc\x1b[31mdef", "control character"),
        ("trk_abc\x7fdef", "control character"),
        ("", "empty"),
        (" \n", "empty"),
    ],
)
def test_key_that_no_header_can_carry_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """Inner white space, control and non-ASCII characters are refused, with where the key came from but not the key."""
    (tmp_path / "key").write_text(text)
    with pytest.raises(ApiKeyError, match=why) as caught:
        read_api_key(str(tmp_path / "key"), None, {})
    assert str(tmp_path / "key") in str(caught.value)
    assert "abc" not in str(caught.value)
    assert "def" not in str(caught.value)


@given(key=st.text(min_size=1, max_size=40))
def test_accepted_key_is_printable_ascii(key: str) -> None:
    """Whatever is accepted can be a header's value, and what is refused is not in the message."""
    error = ""
    try:
        accepted = read_api_key(None, lambda _: key, {})
    except ApiKeyError as refused:
        accepted, error = "accepted", str(refused)
    assert accepted.isascii()
    assert accepted.isprintable()
    assert " " not in accepted
    assert len(key) < 8 or key not in error


@pytest.mark.parametrize("name", ["missing", "."])
def test_key_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """A key file that is not there, or is a folder, is named."""
    with pytest.raises(ApiKeyError, match="cannot be read"):
        read_api_key(str(tmp_path / name), None, {})


@pytest.mark.parametrize("name", [KEY, f"keys/{KEY}", KEY[:-2]])
def test_key_in_the_place_of_its_file_is_not_repeated(name: str) -> None:
    """Who gives the key where the name of its file belongs is told so, also from Python; the key is not shown."""
    with pytest.raises(ApiKeyError, match="name of a file") as caught:
        read_api_key(name, None, {})
    assert name not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (KEY, True), (f"--api-key-file={KEY}", True), (f"./x-{KEY}.csv", True), (KEY[:20], True),
        (f"--key={KEY[:20]}", True),
        ("june.csv", False), ("trk_june.csv", False), (f"x{KEY[:30]}", False), ("trk_export_of_20260208.csv", False),
        ("trk_exportoftheyear20260208.csv", False),
    ],
)  # fmt: skip
def test_what_may_hold_a_key(text: str, holds: bool) -> None:
    """The documented form wherever it stands, and a whole argument that is cut short of it; no ordinary file name."""
    assert holds_key(text) is holds


def test_endless_key_file_is_refused() -> None:
    """A key file that never ends is refused, not read for ever."""
    with pytest.raises(ApiKeyError):
        read_api_key(os.devnull.replace("null", "zero"), None, {})


def test_no_key_names_the_ways() -> None:
    """Without any key, and nobody to ask, the error names every way to give one."""
    with pytest.raises(ApiKeyError) as caught:
        read_api_key(None, None, {})
    assert "TRACKLY_API_KEY" in str(caught.value)
    assert "--api-key-file" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "documented"),
    [(KEY, True), ("trk_" + "0" * 32, True), (KEY[:-1], False), (KEY + "0", False), ("key_" + "0" * 32, False),
     ("trk_" + "0" * 31 + "-", False), (KEY + "\n", False)],
)  # fmt: skip
def test_documented_form(key: str, documented: bool) -> None:
    """`trk_` and 32 alphanumerics is the form that the vendor documents."""
    assert has_documented_form(key) is documented


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, as the folders of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.name != "posix", reason="who may read a file is said by its mode")
@pytest.mark.parametrize(
    ("file", "folder", "exposed"),
    [
        (0o600, 0o755, False), (0o400, 0o755, False), (0o640, 0o755, True), (0o604, 0o755, True), (0o444, 0o755, True),
        (0o644, 0o700, False), (0o640, 0o750, True), (0o640, 0o705, False), (0o604, 0o750, False),
        (0o602, 0o755, False), (0o601, 0o755, False),
    ],
)  # fmt: skip
def test_a_key_file_that_others_can_read_is_named(open_folder: Path, file: int, folder: int, exposed: bool) -> None:
    """Whoever may read the file and enter every folder above it has the key; the advice closes it."""
    path = open_folder / "keys" / "the key"
    path.parent.mkdir()
    path.write_text(KEY)
    path.chmod(file)
    path.parent.chmod(folder)
    said = exposure(str(path))
    assert (said is not None) is exposed
    if said:
        subprocess.run(said.partition(": ")[2], shell=True, check=True)
        assert exposure(str(path)) is None


def test_no_key_file_exposes_nothing(tmp_path: Path) -> None:
    """Standard input, a variable, or a file that is not there, which reading it will say."""
    assert [exposure(name) for name in (None, "-", str(tmp_path / "nowhere"))] == [None] * 3
