"""The command `serve`: the page for finance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import Command, Session, refuse_key, section_option
from importer.cli.options import FilePath, declare
from importer.cli.own_options import Style
from importer.errors import SettingsError
from importer.settings import Section, Size

if TYPE_CHECKING:
    from importer.web import ServeSettings

_PAGE = "Where it is served"
_PATH = FilePath(path_type=Path)
_PORT = 8484


def _size(_ctx: click.Context, _param: click.Parameter, text: str | None) -> Any:
    try:
        return None if text is None else Size().parse(text)
    except SettingsError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    cls=Command,
    epilog="\b\nExamples:\n"
    "  revenue-importer serve --sandbox --open\n"
    "  revenue-importer serve --data /srv/revenue --api-key-file /etc/trackly.key\n"
    "  revenue-importer serve --host 0.0.0.0 --tls-cert page.crt --tls-key page.key\n",
)
@section_option(
    _PAGE, "--data", type=_PATH, metavar="DIR",
    help="Where files, results and the audit trail are kept; in the user's state folder unless told.",
)  # fmt: skip
@section_option(_PAGE, "--host", default="127.0.0.1", metavar="HOST", show_default=True, help="Where it listens.")
@section_option(
    _PAGE, "--port", default=_PORT, type=click.IntRange(0, 65535), metavar="PORT", show_default=True,
    help="0 is any free one.",
)  # fmt: skip
@section_option(
    _PAGE, "--users", type=_PATH, metavar="FILE",
    help="Who may log in (see `user add`); users.json of --data, if it is there. Without users the page is for one "
    "person on this computer.",
)  # fmt: skip
@section_option(_PAGE, "--tls-cert", type=_PATH, metavar="FILE", help="The certificate, to serve other computers.")
@section_option(_PAGE, "--tls-key", type=_PATH, metavar="FILE", help="Its key.")
@section_option(_PAGE, "--socket", type=_PATH, metavar="PATH", help="Listen on this Unix socket, for a proxy.")
@section_option(
    _PAGE, "--allowed-host", "allowed_hosts", multiple=True, metavar="NAME",
    help="A further name under which browsers ask for the page. Repeatable.",
)  # fmt: skip
@section_option(
    _PAGE, "--max-upload", metavar="SIZE", callback=_size, show_default="2GiB", help="The largest file that is taken."
)
@section_option(_PAGE, "--open", "open_browser", is_flag=True, help="Open it in the browser.")
@section_option(
    Section.API, "--sandbox", is_flag=True, help="A sandbox on this computer, to try everything. Needs no key."
)
@section_option(
    Section.API, "--base-url", metavar="URL", envvar="TRACKLY_BASE_URL", help="Everything before /v2/revenue."
)
@section_option(Section.API, "--allow-http", is_flag=True, help="Allow plain http:// to another machine.")
@section_option(
    Section.API, "--api-key-file", metavar="PATH",
    help="File that holds the API key; otherwise TRACKLY_API_KEY. It never reaches the browser.",
)  # fmt: skip
@declare("serve", Style)
@refuse_key
@click.pass_context
def serve(ctx: click.Context, /, **given: Any) -> int:
    """Serve the page for finance until Ctrl-C: upload, check, approve, run, report.

    It prints its address. Runs that it started go on without it. On this computer alone no user is needed: the address
    holds a token that opens it once. For other computers it wants users, and TLS or a proxy.
    """
    session: Session = ctx.obj
    console = session.listen(given)
    settings = _settings(ctx, given)
    if settings.sandbox:
        console.notice("info", "sandbox", "Everything goes to a sandbox on this computer: nothing is real.")
    elif not _has_key(settings):
        text = "There is no API key yet: files can be checked, and no run can start. Give --api-key-file."
        console.notice("warning", "no_api_key", text)
    from importer.web import serve as serve_page  # noqa: PLC0415 - not needed to start up

    serve_page(settings, click.echo)
    console.notice("info", "page_stopped", "The page is closed. Runs that it started go on.")
    return 0


def _settings(ctx: click.Context, given: dict[str, Any]) -> ServeSettings:
    try:
        from importer.web import ServeSettings, data_folder, users_file  # noqa: PLC0415 - not needed to start up
    except ImportError:
        raise SettingsError(
            "The page needs some more packages: pip install '.[web]', in the folder of the program."
        ) from None
    if given["api_key_file"] == "-":
        raise SettingsError("The page reads the key for each run: it has to be in a file, not on standard input.")
    data = data_folder(given["data"], sandbox=given["sandbox"])
    users = given["users"] or users_file(None, data)
    if given["users"] is not None and not users.exists():
        raise SettingsError(f"{users} is not there. Add users with `revenue-importer user add NAME --users {users}`.")
    if given["sandbox"] and ctx.get_parameter_source("base_url") is not click.core.ParameterSource.COMMANDLINE:
        given["base_url"] = None
    names = ("host", "port", "tls_cert", "tls_key", "socket", "allowed_hosts", "sandbox", "allow_http", "api_key_file")
    chosen = {name: given[name] for name in (*names, "open_browser")}
    if given["max_upload"] is not None:
        chosen["max_upload"] = given["max_upload"]
    return ServeSettings(data=data, users=users if users.exists() else None, base_url=_base_url(given), **chosen)


def _base_url(given: dict[str, Any]) -> str | None:
    from importer.api import normalise_base_url  # noqa: PLC0415 - not needed to start up

    url = given["base_url"]
    return None if url is None else normalise_base_url(url, allow_http=given["allow_http"])


def _has_key(settings: ServeSettings) -> bool:
    """Whether the key of a run can be read; one that cannot is refused, rather than found out by the first run."""
    from importer.api import read_api_key  # noqa: PLC0415 - not needed to start up
    from importer.errors import ApiKeyError  # noqa: PLC0415 - as above

    try:
        read_api_key(settings.api_key_file, None)
    except ApiKeyError:
        if settings.api_key_file is not None:
            raise
        return False
    return True
