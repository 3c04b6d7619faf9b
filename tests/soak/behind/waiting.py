"""Servers with few workers and nothing broken: what waits for one of them must not end in doubt."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.faultserver.api import HOST
from tests.faultserver.plan import rule, success
from tests.soak.behind.judging import Required
from tests.soak.behind.limiting import MOST_IN_DOUBT
from tests.soak.behind.losing import nginx
from tests.soak.behind.programs import free_port
from tests.soak.behind.yard import CONCURRENCY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.behind.judging import Run
    from tests.soak.behind.yard import Yard

# Slow enough that a hundred rows a second ask for more connections than there are workers.
_DELAY_S = 0.15
_WELL = Required(exits=(0,), in_doubt=0)
_APACHE = """
ServerName localhost
ServerRoot {folder}
PidFile {folder}/apache.pid
Listen {listen}
ErrorLog /dev/stderr
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
StartServers 4
MinSpareServers 1
MaxSpareServers 4
ServerLimit 4
MaxRequestWorkers 4
ProxyPass / http://{api}/
"""


def apache_prefork(yard: Yard) -> None:
    """Four processes, each of which waits 5 s for the next request on its connection; all else is the default."""
    api = yard.api(rule(success().but(delay_s=_DELAY_S)))
    port = free_port()
    names = {
        "folder": yard.folder,
        "listen": f"{HOST}:{port}",
        "api": api.target,
        "modules": "/usr/lib/apache2/modules",
    }
    config = yard.write("apache.conf", _APACHE.format(**names))
    yard.start([yard.tools.program("apache2"), "-D", "FOREGROUND", "-f", config], port)
    yard.run(url=f"http://{HOST}:{port}/api", required=_WELL)


def waitress_connection_limit(yard: Yard) -> None:
    """Five connections are served, and kept for two minutes when idle; the others wait to be accepted."""
    options = ["--listen", "{address}", "--connection-limit", "5", "tests.soak.behind.application:wsgi"]
    _serves(yard, "waitress-serve", options)


def gunicorn_sync(yard: Yard) -> None:
    """Four processes that close each connection after its answer."""
    options = ["--bind", "{address}", "--workers", "4", "--no-control-socket", "tests.soak.behind.application:wsgi"]
    _serves(yard, "gunicorn", options)


def gunicorn_threads(yard: Yard) -> None:
    """Four threads and four connections, kept for two seconds when idle."""
    threads = ["--worker-class", "gthread", "--threads", "4", "--worker-connections", "4", "--no-control-socket"]
    _serves(yard, "gunicorn", ["--bind", "{address}", *threads, "tests.soak.behind.application:wsgi"])


def granian_backpressure(yard: Yard) -> None:
    """Four requests at a time; the others wait to be accepted."""
    few = ["--interface", "wsgi", "--blocking-threads", "4", "--backpressure", "4"]
    _serves(yard, "granian", ["--host", HOST, "--port", "{port}", *few, "tests.soak.behind.application:wsgi"])


def uvicorn_keep_alive(yard: Yard) -> None:
    """Idle connections are closed after a second."""
    idle = ["--timeout-keep-alive", "1", "--no-access-log"]
    _serves(yard, "uvicorn", ["--host", HOST, "--port", "{port}", *idle, "tests.soak.behind.application:asgi"])


def nginx_keep_alive(yard: Yard) -> None:
    """Connections end after ten requests, or half a second."""
    api = yard.api()
    inside = f"keepalive_requests 10; keepalive_timeout 500ms; location / {{ proxy_pass http://{api.target}; }}"
    yard.run(url=f"http://{nginx(yard, inside)}/api", required=_WELL)


def late_storage(yard: Yard) -> None:
    """Requests wait for the one worker longer than the client does, and are stored all the same."""
    options = ["--bind", "{address}", "--workers", "1", "--no-control-socket", "tests.soak.behind.application:wsgi"]
    url = yard.application(partial(_command, "gunicorn", options), delay_s=0.08)
    # All that are in flight have been posted when the first of them is given up.
    most = Required(exits=(1, 3), in_doubt=MOST_IN_DOUBT + CONCURRENCY, shows="again.*minutes")
    yard.run("--timeout", 1, url=url, required=most, more=_stored_late)
    _cannot_be_denied_at_once(yard)


def _stored_late(run: Run) -> list[str]:
    stored = {record["message_id"] for record in run.ledger}
    posted = run.summary["by_status"]
    late = len(stored) - posted.get("recorded", {"rows": 0})["rows"]
    return [] if late else ["nothing was stored late: this shows nothing"]


def _cannot_be_denied_at_once(yard: Yard) -> None:
    """A row in doubt is not to be called "not recorded" within ten minutes without `--sure`."""
    rows = [line["row"] for line in yard.lines_of("in_doubt")]
    if rows:
        said = yard.resolve("--row", rows[0], "--not-recorded", "--why", "not in the dashboard", "--yes")
        if said.exit != 2 or "--sure" not in said.stderr:
            yard.complain(f"resolve --not-recorded at once ends with {said.exit} and does not ask for --sure")


def _serves(yard: Yard, program: str, options: list[str]) -> None:
    url = yard.application(partial(_command, program, options), delay_s=_DELAY_S)
    yard.run(url=url, required=_WELL)


def _command(program: str, options: list[str], programs: Path, port: int) -> list[object]:
    filled = [option.format(address=f"{HOST}:{port}", port=port) for option in options]
    return [programs / program, *filled]
