"""What can be fetched of an import as data: its state, its results, what was refused, the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse

from importer.report import base_styles
from importer.web.desk import StepError
from importer.web.problems import harmless

if TYPE_CHECKING:
    from importer.web.site import Call

# The report brings its own styles, and is shown as a page of nowhere that may do nothing.
_REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
_STATIC = Path(__file__).parent / "static"
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def state(call: Call) -> Response:
    """The import as one object."""
    return JSONResponse(call.desk.look(call.id).fields())


def results(call: Call) -> Response:
    """RESULTS."""
    call.desk.look(call.id)
    return _download(call.desk.folder.results(call.id), "text/csv", "There are no results before the first run.")


def problems(call: Call) -> Response:
    """The rows that the check refused, as they stood in the file, with the reason."""
    call.desk.look(call.id)
    return _to_mend(refused(call), "The check refused no row.", f"{call.id}.problems.csv")


def refused(call: Call) -> Path:
    """The rows that the last check refused; after a run of what it checked, those that the API refused, too."""
    history, folder = call.desk.look(call.id).history, call.desk.folder
    ran = folder.output(call.id, f"run-{history.runs}", ".csv")
    if history.run is not None and ran.exists():
        return ran
    number = history.check["number"] if history.check is not None else 0
    return folder.output(call.id, f"check-{number}", ".csv")


def rejects(call: Call) -> Response:
    """The rows that the last run did not take: to be mended and imported."""
    history = call.desk.look(call.id).history
    path = call.desk.folder.output(call.id, f"run-{history.runs}", ".csv")
    return _to_mend(path, "No run has refused a row.", f"{history.id}.rejects.csv")


def original(call: Call) -> Response:
    """The file as it came."""
    history = call.desk.look(call.id).history
    path = call.desk.folder.original(call.id, history.version)
    name = history.file["name"] if history.file else ""
    return _download(path, "application/octet-stream", "There is no file yet.", name)


def profile(call: Call) -> Response:
    """The options of reading, as the command line reads them."""
    history = call.desk.look(call.id).history
    path = call.desk.folder.profile(call.id, history.options_event)
    return _download(path, "application/toml", "There are no options yet.", f"{history.id}.toml")


def report_page(call: Call) -> Response:
    """The report, which may run and fetch nothing."""
    call.desk.look(call.id)
    text = call.site.reports.file(call.id, ".html").read_text("utf-8")
    return HTMLResponse(text, headers={"Content-Security-Policy": _REPORT_POLICY})


def report_workbook(call: Call) -> Response:
    """The report as a workbook."""
    call.desk.look(call.id)
    return _download(call.site.reports.file(call.id, ".xlsx"), _XLSX, "", f"{call.id}.report.xlsx")


def static(name: str) -> Response | None:
    """One of our own files, or the styles that are those of the report; None where there is none of the name."""
    if name == "base.css":
        return Response(base_styles(), media_type="text/css", headers={"Cache-Control": "no-cache"})
    path = _STATIC / name
    if path.parent != _STATIC or path.suffix not in _KINDS or not path.is_file():
        return None
    return FileResponse(path, media_type=_KINDS[path.suffix], headers={"Cache-Control": "no-cache"})


def _to_mend(path: Path, missing: str, name: str) -> Response:
    if not path.exists():
        raise StepError(404, missing)
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(harmless(path), media_type="text/csv", headers=attached)


def _download(path: Path, kind: str, missing: str, name: str = "") -> Response:
    if not path.exists():
        raise StepError(404, missing)
    return FileResponse(path, media_type=kind, filename=name or path.name)
