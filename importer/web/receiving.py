"""A file on its way in: as the body of a PUT, or in a form, where there is no script. Streamed to disk either way."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse, Response

from importer.web.desk import StepError
from importer.web.entrance import SEE_OTHER
from importer.web.forms import refuse_key
from importer.web.uploads import NoRoomError, TooLargeError, Upload, plain_name

if TYPE_CHECKING:
    from starlette.requests import Request

    from importer.web.site import Call

_TOO_LARGE = 413
_LET_COME_S = 5.0
_FORM = 64 << 10  # what a form has around its file
_BROKEN = StepError(400, "The upload broke off. Nothing was kept; try again.")


class Keeper(Protocol):
    """Whose step it is that a file comes."""

    def may_upload(self, import_id: str) -> None:
        """Raise `StepError` where none may come."""

    def keep(self, who: str, import_id: str, upload: Upload, name: str) -> int:
        """Take it; returns its number."""


async def put_file(call: Call) -> Response:
    """The body is the file."""
    return await _put(call, call.site.preparing, f"/imports/{call.id}")


async def put_export(call: Call) -> Response:
    """The body is an export of the vendor's records."""
    return await _put(call, call.site.comparing, f"/imports/{call.id}/compare")


async def post_file(call: Call) -> Response:
    """A form with the file in it."""
    return await _post(call, call.site.preparing, f"/imports/{call.id}")


async def post_export(call: Call) -> Response:
    """A form with an export in it."""
    return await _post(call, call.site.comparing, f"/imports/{call.id}/compare")


async def _put(call: Call, keeper: Keeper, then: str) -> Response:
    name = plain_name(call.request.query_params.get("name", ""))
    with _upload(call, keeper) as upload:
        await _expect(call.request, upload, 0)
        async for data in call.request.stream():
            await run_in_threadpool(upload.write, data)
        version = await run_in_threadpool(_keep, call, keeper, upload, name)
    kept = {"version": version, "name": name, "bytes": upload.size, "sha256": upload.sha256}
    return JSONResponse(kept, 201, {"Location": then})


async def _post(call: Call, keeper: Keeper, then: str) -> Response:
    kind, parameters = parse_options_header(call.request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in parameters:
        raise StepError(400, "The form has no file in it.")
    with _upload(call, keeper) as upload:
        await _expect(call.request, upload, _FORM)
        part = _FilePart(upload)
        parser = MultipartParser(parameters[b"boundary"], part.callbacks())  # type: ignore[arg-type]  # all take what they get
        try:
            async for data in call.request.stream():
                await run_in_threadpool(parser.write, data)
            parser.finalize()
        except MultipartParseError:
            raise _BROKEN from None
        if not part.whole:
            raise _BROKEN
        await run_in_threadpool(_keep, call, keeper, upload, plain_name(part.name))
    return RedirectResponse(then, SEE_OTHER)


def _upload(call: Call, keeper: Keeper) -> Upload:
    keeper.may_upload(call.id)
    return Upload(call.desk.folder, call.id, call.site.settings.max_upload)


async def _expect(request: Request, upload: Upload, around: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdigit():
        await run_in_threadpool(upload.expect, max(0, int(length) - around))


def _keep(call: Call, keeper: Keeper, upload: Upload, name: str) -> int:
    if not name:
        raise StepError(400, "The file has no name: say one with ?name=june.csv.")
    refuse_key(name)
    if not upload.size:
        raise StepError(400, f"{name} is empty. Nothing was kept.")
    return keeper.keep(call.user.name, call.id, upload, name)


async def let_come(request: Request) -> None:
    """Take what still comes of a body that is refused, for a while: a sender that is cut off reads no answer."""
    with suppress(ClientDisconnect, TimeoutError, RuntimeError):
        async with asyncio.timeout(_LET_COME_S):
            async for _ in request.stream():
                pass


def failure(error: Exception) -> StepError | None:
    """What to say of an upload that was not taken."""
    match error:
        case TooLargeError():
            return StepError(_TOO_LARGE, "The file is larger than this page takes. Nothing was kept.")
        case NoRoomError():
            return StepError(507, "The disk of the server has not enough room for the file. Nothing was kept.")
        case ClientDisconnect():
            return _BROKEN
    return None


class _FilePart:
    """Takes the bytes of the part that is a file, and its name, out of a form."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._is_file = False
        self._files = 0
        self.name = ""
        self.whole = False

    def callbacks(self) -> dict[str, object]:
        """What the parser is to call."""
        return {
            "on_part_begin": self._begin, "on_part_data": self._data, "on_header_field": self._field,
            "on_header_value": self._of_header, "on_header_end": self._header_end, "on_headers_finished": self._start,
            "on_end": self._end,
        }  # fmt: skip

    def _begin(self) -> None:
        self._headers, self._is_file = {}, False

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _of_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _start(self) -> None:
        _, parameters = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"filename" in parameters:
            self._files += 1
            self._is_file = self._files == 1
            self.name = parameters[b"filename"].decode("utf-8", "replace") if self._is_file else self.name

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._upload.write(data[start:end])

    def _end(self) -> None:
        self.whole = self._files > 0
