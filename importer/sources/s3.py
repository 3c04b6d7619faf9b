"""Objects of an S3 store, downloaded once into a private temporary file, so that one snapshot is read like any file.

polars reads clouds with the Rust library `object_store`, but decodes as it reads; `obstore` is that same library,
giving the bytes as they are: for CSV in any dialect, for the SHA-256, and to read twice what cannot change meanwhile.
Credentials and endpoint come from the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …), never from the command.
"""

from __future__ import annotations

import glob
import logging
import os
import re
import shutil
import tempfile
import weakref
from contextlib import contextmanager, suppress
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer.errors import InputError
from importer.sources.input_file import InputFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from obstore import ObjectMeta
    from obstore.store import S3Store

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PART_BYTES = 32 << 20
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_log = logging.getLogger(__name__)


def is_url(text: str) -> bool:
    """Tell whether an input is named by a URL, not by a path."""
    return _URL.match(text) is not None


class Bucket:
    """The bucket in which the objects of one input lie.

    Raises `InputError` when the URL is not one of S3, or the package that reads it is not installed.
    """

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        self.name, _, self.key = rest.partition("/")
        if scheme.lower() != "s3":
            raise InputError(f"{scheme}:// cannot be read, only s3://. Download the file and name it here.")
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", self.name):
            raise InputError("An object is named as s3://BUCKET/KEY, and that is no bucket.")
        self._base: str | None = None  # below which all keys are listed
        self._listed: dict[str, list[str]] = {}
        if find_spec("obstore") is None:
            raise InputError("Reading s3:// needs one more package: pip install '.[s3]', in the folder of the program.")

    @cached_property
    def _store(self) -> S3Store:
        from obstore.store import S3Store  # noqa: PLC0415 - not installed everywhere

        for name in [name for name, text in os.environ.items() if name.startswith("AWS_") and not text.strip()]:
            del os.environ[name]  # an empty one is unset: the library would take it for an address, or a key
        endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
        with self._translated(self.name):
            return S3Store(
                self.name,
                # Plain http shows the data to the network, so elsewhere AWS_ALLOW_HTTP has to say so.
                client_options={"allow_http": True} if urlsplit(endpoint).hostname in _LOOPBACK else {},
                retry_config={"max_retries": 5, "retry_timeout": timedelta(seconds=60)},
            )

    def url(self, key: str) -> str:
        """The name of an object for the user."""
        return f"s3://{self.name}/{key}"

    def find(self) -> tuple[str, list[ObjectMeta]]:
        """List the objects that the URL names, and what of their keys every one of them begins with (a folder).

        The URL is a key, a pattern, or the part of keys before a `/`; a key that exists wins. Raises `InputError`.
        """
        import obstore  # noqa: PLC0415 - not installed everywhere

        if self.key and not self.key.endswith("/"):
            with self._translated(self.key):
                try:
                    return "", [obstore.head(self._store, self.key)]
                except FileNotFoundError:
                    pass
        base = "/".join(takewhile(lambda part: not glob.has_magic(part), self.key.rstrip("/").split("/")))
        with self._translated(self.key):
            found = [meta for page in obstore.list(self._store, prefix=base or None) for meta in page]
        self._base = f"{base}/" if base else ""
        for meta in found:
            folder, _, name = meta["path"].rpartition("/")
            self._listed.setdefault(folder, []).append(name)
        if glob.has_magic(self.key):
            found = [meta for meta in found if _matches(meta["path"].split("/"), self.key.split("/"))]
        if not found:
            raise InputError(f"{self.url(self.key)} does not exist, and nothing matches it as a pattern or a folder.")
        return base, found

    def holds(self, folder: PurePath, endings: tuple[str, ...]) -> bool:
        """Whether an object in this folder has a key that ends so; the store is asked where `find` did not look.

        Who may read an object need not be allowed to list others: then nobody knows, and it counts as no.
        """
        import obstore  # noqa: PLC0415 - not installed everywhere
        from obstore.exceptions import PermissionDeniedError  # noqa: PLC0415

        key = folder.as_posix()
        if self._base is not None and key.startswith(self._base):
            return any(name.endswith(endings) for name in self._listed.get(key, ()))
        with self._translated(key), suppress(PermissionError, PermissionDeniedError):
            pages = obstore.list(self._store, prefix=key)
            return any(meta["path"].endswith(endings) for page in pages for meta in page)
        return False

    def download(self, meta: ObjectMeta, to: Path) -> None:
        """Copy the very version of an object that was listed; raises `InputError` when it was replaced since."""
        import obstore  # noqa: PLC0415 - not installed everywhere

        key, size, tag = meta["path"], meta["size"], meta["e_tag"]
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with self._translated(key), open(descriptor, "wb") as file:  # noqa: PTH123 - made for the owner only
            for start in range(0, size, _PART_BYTES):
                wanted = (start, min(start + _PART_BYTES, size))
                file.write(obstore.get(self._store, key, options={"range": wanted, "if_match": tag}).bytes())
        if to.stat().st_size != size:
            raise InputError(f"{self.url(key)} was not read to its end. Run the same command again.")
        seconds = meta["last_modified"].timestamp()
        os.utime(to, (seconds, seconds))

    @contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        """Turn what the library raises into a sentence; its own texts show requests."""
        from obstore import exceptions  # noqa: PLC0415 - not installed everywhere

        url = self.url(key)
        try:
            yield
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError) as error:
            _log.debug("%s", url, exc_info=error)
            raise InputError(
                f"{url} may not be read: the object store refused the credentials of the environment "
                "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or those of this machine)."
            ) from None
        except FileNotFoundError:
            raise InputError(f"{url} does not exist.") from None
        except exceptions.PreconditionError:
            raise InputError(
                f"{url} changed while it was read. Start again when nothing writes to it any more."
            ) from None
        except (exceptions.BaseError, ValueError) as error:
            _log.debug("%s", url, exc_info=error)
            if "NoSuchBucket" in str(error):
                raise InputError(f"{url} does not exist: there is no bucket {self.name}.") from None
            raise InputError(
                f"{url} could not be read: no usable answer from the object store. Look at AWS_ENDPOINT_URL, "
                "AWS_REGION and the credentials; --debug shows more."
            ) from None


class ObjectFile(InputFile):
    """An object as a file: a private copy that is removed when it is no longer used."""

    def __init__(
        self, bucket: Bucket, meta: ObjectMeta, *, partitions: tuple[tuple[str, str | None], ...] = ()
    ) -> None:
        url = bucket.url(meta["path"])
        try:
            folder = Path(tempfile.mkdtemp(prefix="revenue-importer-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            copy = folder / PurePosixPath(meta["path"]).name
            bucket.download(meta, copy)
        except OSError as error:
            raise InputError(
                f"{url} could not be copied into a temporary file ({error.strerror}). Make room, or name another "
                "folder in TMPDIR."
            ) from error
        super().__init__(copy, label=url, partitions=partitions)
        self.key = (url,)
        self.origin = url
        self.folder = PurePosixPath("/", bucket.name, meta["path"]).parent


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """`*` stays within a folder, `**` does not; as for files, neither finds hidden ones."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_matches(parts[start:], pattern[1:] or ["*"]) for start in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])
