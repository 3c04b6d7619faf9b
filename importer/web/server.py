"""The page as a running server: what it needs is opened and checked first, then one line says where it is."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
import time
import webbrowser
from typing import TYPE_CHECKING

import uvicorn

from importer.errors import SettingsError
from importer.sandbox import Sandbox, SandboxSettings
from importer.signals import asked_to_end
from importer.web.desk import Desk
from importer.web.events import EventLog
from importer.web.folder import DataFolder
from importer.web.routes import application
from importer.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from importer.web.settings import ServeSettings

_START_S, _WAIT_S, _GRACE_S = 0.02, 0.5, 2
_MADE_UP_KEY = "trk_" + "0" * 32
_KEY = "TRACKLY_API_KEY"


def serve(settings: ServeSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP, and return normally then; runs go on. `on_ready` gets the address to open.

    To be called from the main thread.

    Raises:
        SettingsError: it cannot be served so, or the folder is served already.
        StorageError: the disk refused.
    """
    with contextlib.ExitStack() as running:
        wait = running.enter_context(asked_to_end())
        folder = DataFolder(settings.data)
        running.enter_context(folder.served())
        log = EventLog(folder.events)
        running.callback(log.close)
        target, environment = running.enter_context(_target(settings, folder))
        listening = running.enter_context(_listening(settings))
        port = listening.getsockname()[1] if settings.socket is None else 0
        site = Site(settings, Desk(folder, log, target, environment), port)
        if site.users is not None:
            site.users.users()  # who cannot read them now, could let nobody in
        thread, server = _begin(settings, site, listening)
        running.callback(_end, thread, server)
        address = _address(settings, port, site.sessions.token)
        on_ready(address)
        if settings.open_browser:
            webbrowser.open(address)
        while not wait(_WAIT_S) and thread.is_alive():
            pass


@contextlib.contextmanager
def _target(settings: ServeSettings, folder: DataFolder) -> Iterator[tuple[list[str], Mapping[str, str]]]:
    """The options that say where imports go, and the variables that the command gets."""
    if not settings.sandbox:
        url = [f"--base-url={settings.base_url}"] if settings.base_url else []
        http = ["--allow-http"] if settings.allow_http else []
        key = [f"--api-key-file={settings.api_key_file}"] if settings.api_key_file else []
        yield [*url, *http, *key], os.environ
        return
    with Sandbox(SandboxSettings(port=_sandbox_port(folder), ledger=folder.root / "sandbox-ledger.jsonl")) as sandbox:
        _note_port(folder, sandbox.url)
        yield [f"--base-url={sandbox.url}"], {**os.environ, _KEY: _MADE_UP_KEY}


def _sandbox_port(folder: DataFolder) -> int:
    """The port that it had before: to another one, imports of before would have another target."""
    try:
        return int(_port_file(folder).read_text("ascii"))
    except (OSError, ValueError):
        return 0


def _note_port(folder: DataFolder, url: str) -> None:
    fd = os.open(_port_file(folder), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(url.removesuffix("/api").rpartition(":")[2])


def _port_file(folder: DataFolder) -> Path:
    return folder.root / "sandbox-port"


def _begin(settings: ServeSettings, site: Site, listening: socket.socket) -> tuple[threading.Thread, uvicorn.Server]:
    # h11 has a limit for headers; httptools takes any, and those of a stranger could fill time and memory.
    config = uvicorn.Config(
        application(site), http="h11", ws="none", loop="asyncio", lifespan="off", log_config=None, access_log=False,
        server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=_GRACE_S, ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )  # fmt: skip
    try:
        config.load()
    except (OSError, ValueError) as error:
        raise SettingsError(f"The certificate cannot be used: {error}. See --tls-cert and --tls-key.") from None
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="page", daemon=True)
    thread.start()
    while not server.started:
        time.sleep(_START_S)
        if not thread.is_alive():
            raise SettingsError("The page could not be served.")
    return thread, server


def _end(thread: threading.Thread, server: uvicorn.Server) -> None:
    server.should_exit = True
    thread.join(2 * _GRACE_S)


def _address(settings: ServeSettings, port: int, token: str | None) -> str:
    if settings.socket is not None:
        return f"unix:{settings.socket}"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    scheme = "https" if settings.has_tls else "http"
    return f"{scheme}://{host}:{port}/" + (f"?token={token}" if token else "")


@contextlib.contextmanager
def _listening(settings: ServeSettings) -> Iterator[socket.socket]:
    try:
        listening = _on_path(settings.socket) if settings.socket is not None else _on_port(settings)
    except OSError as error:
        where = settings.socket or f"{settings.host}:{settings.port}"
        raise SettingsError(
            f"The page cannot be served on {where}: {error.strerror or error}. Another program may be there: "
            "choose another --port."
        ) from None
    with contextlib.closing(listening):
        yield listening
    if settings.socket is not None:
        settings.socket.unlink(missing_ok=True)


def _on_port(settings: ServeSettings) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening


def _on_path(path: Path) -> socket.socket:
    """A socket of the file system, for its owner and group; one that a server left is taken away."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        path.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    return listening
