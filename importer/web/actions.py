"""The steps as requests: each takes a form, and leads back to the page of the import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from importer.web.doubts import Filter
from importer.web.entrance import SEE_OTHER

if TYPE_CHECKING:
    from importer.web.site import Call


def create(call: Call) -> Response:
    """Begin an import."""
    return RedirectResponse(f"/imports/{call.site.preparing.create(call.user.name, call.field('name'))}", SEE_OTHER)


def choose(call: Call) -> Response:
    """Set the options: those of the form are all."""
    call.site.preparing.choose(call.user.name, call.id, call.form)
    return _back(call)


def choose_and_check(call: Call) -> Response:
    """Set options, and check with them: what the form of the columns asks for, or one answer to a question."""
    call.site.preparing.choose(call.user.name, call.id, call.form, keep=True)
    call.site.preparing.check(call.user.name, call.id)
    return _back(call)


def check(call: Call) -> Response:
    """Check."""
    call.site.preparing.check(call.user.name, call.id)
    return _back(call)


def submit(call: Call) -> Response:
    """Submit for approval."""
    call.site.preparing.submit(call.user.name, call.id)
    return _back(call)


def approve(call: Call) -> Response:
    """Approve the plan that was shown."""
    call.site.approving.approve(call.user.name, call.id, call.field("plan"), call.field("password"))
    return _back(call)


def give_back(call: Call) -> Response:
    """Return it, with a reason."""
    call.site.approving.give_back(call.user.name, call.id, call.field("why"))
    return _back(call)


def run(call: Call) -> Response:
    """Run, or continue."""
    call.site.running.run(call.user.name, call.id, call.field("limit"))
    return _back(call)


def stop(call: Call) -> Response:
    """Stop."""
    call.site.running.stop(call.user.name, call.id)
    return _back(call)


def settle(call: Call) -> Response:
    """Give a verdict on a row in doubt."""
    call.site.doubts.settle(call.user.name, call.id, dict(call.form))
    return RedirectResponse(f"/imports/{call.id}/doubts", SEE_OTHER)


def settle_many(call: Call) -> Response:
    """Give one verdict on the rows that were chosen, or on all that a filter takes."""
    which = Filter(call.field("code"), call.field("text")) if call.field("all") else None
    picked = [text for name, text in call.form if name == "pick"]
    call.site.doubts.settle_many(call.user.name, call.id, picked, which, dict(call.form))
    return RedirectResponse(f"/imports/{call.id}/doubts", SEE_OTHER)


def compare(call: Call) -> Response:
    """Compare with the export."""
    call.site.comparing.compare(call.user.name, call.id, call.form)
    return RedirectResponse(f"/imports/{call.id}/compare", SEE_OTHER)


def apply(call: Call) -> Response:
    """Note what the comparison proves."""
    number, what, why = (call.field(name) for name in ("comparison", "apply", "why"))
    call.site.comparing.apply(call.user.name, call.id, number, what, why)
    return _back(call)


def _back(call: Call) -> Response:
    return RedirectResponse(f"/imports/{call.id}", SEE_OTHER)
