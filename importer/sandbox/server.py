"""The sandbox as a running server: uvicorn on a loopback socket, in a thread with an event loop of its own."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from importer.errors import SettingsError
from importer.sandbox.settings import SandboxSettings
from importer.signals import asked_to_end

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from pathlib import Path

    import uvicorn

    from importer.sandbox.app import SandboxApp
    from importer.sandbox.faults import FaultInjector

_START_S = 0.02
_STOP_S = 1


class Sandbox:
    """A sandbox that runs while its `with` block does; its ledger can be read afterwards too.

    `url` is the base URL for the importer, such as `http://127.0.0.1:52100/api`; empty before the start.
    It installs no signal handlers and logs nothing. Raises `SettingsError` when it cannot start: the extra
    `sandbox` is not installed, the port is taken, or a file cannot be used.
    """

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self._settings = settings or SandboxSettings()
        self.url = ""
        self._running: _Running | None = None

    def ledger(self) -> list[dict[str, Any]]:
        """Every stored record, oldest first; `revenue` is a string with the digits as they arrived."""
        return [json.loads(line) for line in self._parts().app.ledger.lines()]

    def summary(self) -> dict[str, Any]:
        """Return `records`, `revenue` (exact, a string), `requests` and `by_status` (`closed`: no answer)."""
        return self._parts().app.summary()

    def set_faults(self, **changes: object) -> None:
        """Change the faults that are named, as `POST /sandbox/faults` does. Raises `SettingsError`."""
        self._parts().app.faults.change(changes)

    def __enter__(self) -> Self:
        self._running = _Running(self._settings)
        self.url = f"{self._running.origin}/api"
        return self

    def __exit__(self, *_: object) -> None:
        self._parts().stop()

    def is_alive(self) -> bool:
        """Tell whether it is serving."""
        return self._running is not None and self._running.thread.is_alive()

    def _parts(self) -> _Running:
        if self._running is None:
            raise SettingsError("The sandbox has not been started.")
        return self._running


def serve(settings: SandboxSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP, and return normally then. `on_ready` gets the base URL once it answers.

    To be called from the main thread. Raises `SettingsError` as `Sandbox` does.
    """
    with asked_to_end() as wait, Sandbox(settings) as box:
        on_ready(box.url)
        while not wait(0.5) and box.is_alive():
            pass


class _Running:
    """The parts of a sandbox that has been started."""

    def __init__(self, settings: SandboxSettings) -> None:
        try:
            # Here and not above, because they need the extra `sandbox`.
            import uvicorn  # noqa: F401, PLC0415

            from importer.sandbox.app import SandboxApp  # noqa: PLC0415
        except ImportError:
            raise SettingsError(
                "The sandbox needs two more packages: pip install '.[sandbox]', in the folder of the program."
            ) from None
        known_ids = None if settings.known_ids is None else _read_ids(settings.known_ids)
        with contextlib.ExitStack() as undo:
            self._socket = undo.enter_context(_listening_socket(settings.host, settings.port))
            self.origin = _origin(self._socket)
            self.app: SandboxApp = SandboxApp(settings, known_ids)
            undo.callback(self.app.ledger.close)
            self._server = _server(self.app, settings.keep_alive_s)
            self.thread = threading.Thread(
                target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True
            )
            self.thread.start()
            while not self._server.started:
                time.sleep(_START_S)
                if not self.thread.is_alive():
                    raise SettingsError("The sandbox could not be started.")
            undo.pop_all()

    def stop(self) -> None:
        """Finish the requests in hand, for a second at most, and free the port."""
        self._server.should_exit = True
        self.thread.join()
        self._socket.close()
        self.app.ledger.close()


def _server(app: SandboxApp, keep_alive_s: int) -> uvicorn.Server:
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(
        app,
        http=_protocol(app.faults),
        ws="none",
        lifespan="off",
        # Nothing is logged: the requests are somebody's revenue.
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=keep_alive_s,
        timeout_graceful_shutdown=_STOP_S,
    )
    return uvicorn.Server(config)


def _protocol(faults: FaultInjector) -> type[asyncio.Protocol]:
    """Uvicorn's HTTP protocol (the fastest installed), taught to close connections.

    ASGI has no way to end a connection without an answer. So each request finds its transport in the ASGI `state`,
    which uvicorn copies from the connection's `app_state`.
    """
    from uvicorn.protocols.http import auto  # noqa: PLC0415

    from importer.sandbox.app import close_connection  # noqa: PLC0415

    base: Any = auto.AutoHTTPProtocol

    class SandboxProtocol(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self.app_state = {"transport": transport}
            if faults.in_outage():
                close_connection(transport, reset=True)

    return SandboxProtocol


def _listening_socket(host: str, port: int) -> socket.socket:
    address = "127.0.0.1" if host == "localhost" else host
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno or 0)  # its own text holds the address, too
        raise SettingsError(
            f"The sandbox cannot listen on {host} port {port}: {reason}. Choose another, or 0 for a free one."
        ) from None


def _origin(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _read_ids(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"The known message ids cannot be read from {path}: {reason}.") from None
