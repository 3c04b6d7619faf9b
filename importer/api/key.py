"""The API key: where it may come from, and what it may look like. No message here ever contains it."""

from __future__ import annotations

import codecs
import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import ApiKeyError
from importer.text import DOCUMENTED_KEY, holds_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY_WAYS = (
    "Put it into the environment variable TRACKLY_API_KEY, or into a file for --api-key-file (- is standard input), "
    "or start on a terminal without either and be asked."
)
VARIABLE = "TRACKLY_API_KEY"

try:
    import resource
except ImportError:  # pragma: no cover - Windows has none; the README names the systems
    resource = None  # type: ignore[assignment]

_CREDENTIAL = "trackly_api_key"
_GROUP_READS, _OTHERS_READ = 0o040, 0o004
_MAX_BYTES = 64 * 1024


def forbid_core_dumps() -> None:
    """Let no crash of this process, or of one that it starts, write the memory that holds the key to a disk."""
    if resource is not None:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def exposure(key_file: str | None) -> str | None:
    """What to say of a key file that other users of this computer can read, if they can."""
    if key_file in (None, "-") or os.name != "posix":
        return None
    from importer.disk import real_path  # noqa: PLC0415 - `--help` needs none of it

    path = Path(key_file)
    try:
        may_read = path.stat().st_mode & (_GROUP_READS | _OTHERS_READ)
        for folder in real_path(path).parents:
            may_read &= (folder.stat().st_mode & (_GROUP_READS | _OTHERS_READ) >> 2) << 2  # who may enter it
    except OSError:
        return None  # reading it says what is wrong
    if not may_read:
        return None
    return f"Other users can read the API key file {path}. Keep it to yourself: chmod 600 {shlex.quote(str(path))}"


def read_api_key(
    key_file: str | None, ask: Callable[[str], str] | None, environment: Mapping[str, str] = os.environ
) -> str:
    """Return the key from `key_file` (`-` is standard input), else the environment, else the person.

    The environment holds it as TRACKLY_API_KEY, or names the folder of a systemd credential `trackly_api_key`
    (systemd.exec(5), LoadCredential=). `ask` puts a hidden question on the terminal; None when there is none.
    Raises ApiKeyError when there is no key, or one that cannot be a header's value.
    """
    forbid_core_dumps()
    credential = Path(environment.get("CREDENTIALS_DIRECTORY") or os.devnull) / _CREDENTIAL
    if key_file == "-":
        hidden = ask is not None and sys.stdin.isatty()
        key = ask("Trackly API key: ") if ask and hidden else _decoded(sys.stdin.buffer.read(_MAX_BYTES + 1))
        return _checked(key, "standard input")
    if key_file is not None and holds_key(key_file):
        raise ApiKeyError(f"The API key was given where the name of a file belongs. {KEY_WAYS}")
    if key_file is not None:
        return _checked(_decoded(_file(Path(key_file))), key_file)
    if environment.get(VARIABLE, "").strip():
        return _checked(environment[VARIABLE], VARIABLE)
    if credential.is_file():
        return _checked(_decoded(_file(credential)), str(credential))
    if ask is not None:
        return _checked(ask("Trackly API key (not shown): "), "the answer")
    raise ApiKeyError(f"There is no API key. {KEY_WAYS}")


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ApiKeyError(
            f"The API key file {path} cannot be read: {error.strerror}. Name a file that this user may read."
        ) from error


def _decoded(raw: bytes) -> str:
    # PowerShell's > writes UTF-16.
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw[:_MAX_BYTES].decode("utf-16" if utf16 else "utf-8", errors="replace")


def _checked(text: str, origin: str) -> str:
    key = text.strip("\ufeff \t\r\n\v\f")
    if not key:
        raise ApiKeyError(f"The API key from {origin} is empty. {KEY_WAYS}")
    if not key.isascii():
        raise ApiKeyError(f"The API key from {origin} contains a character that is not ASCII. Copy it again.")
    if any(character.isspace() for character in key):
        raise ApiKeyError(f"The API key from {origin} contains white space inside. Give the key alone, in one line.")
    if not key.isprintable():
        raise ApiKeyError(f"The API key from {origin} contains a control character. Copy it again.")
    return key


def has_documented_form(key: str) -> bool:
    """Tell whether the key is `trk_` and 32 alphanumerics, as the vendor's API documentation shows it."""
    return DOCUMENTED_KEY.fullmatch(key) is not None
