"""The fields of a form: read within limits, and refused where a step could not take or must not keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from importer.text import holds_key
from importer.web.desk import StepError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

_MOST_FORM, _MOST_FIELDS = 256 << 10, 2000


async def form_of(request: Request) -> list[tuple[str, str]] | None:
    """The fields, in order; None when there is too much of it."""
    body = b""
    async for data in request.stream():
        body += data
        if len(body) > _MOST_FORM:
            return None
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None


def refuse_unfit(form: Iterable[tuple[str, str]]) -> None:
    """Raise `StepError` for what no step takes."""
    for name, text in form:
        if name != "password":
            refuse_key(text)
        if "\0" in text:
            raise StepError(400, "There are characters in it that cannot be kept. Nothing was changed.")


def refuse_key(text: str) -> None:
    """Raise `StepError` for what looks like an API key: what people type is kept for ever, and seen by all."""
    if holds_key(text):
        raise StepError(400, "That looks like an API key, which has no place on this page. Nothing was changed.")
