"""Proxies that the environment names: they refuse, or die and come back."""

from __future__ import annotations

import signal
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

from tests.faultserver import tls
from tests.faultserver.api import HOST
from tests.faultserver.plan import rule, success
from tests.soak.behind.judging import Required
from tests.soak.behind.losing import nginx
from tests.soak.behind.programs import free_port
from tests.soak.behind.yard import CONCURRENCY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.behind.judging import Run
    from tests.soak.behind.programs import Program
    from tests.soak.behind.yard import Yard
    from tests.support.command import Running

ELSEWHERE = "api.gateways.invalid"
"""A host that only a proxy of the scenario can find."""

_SETTLED_S = 15
# A kill, the time until then, and a few hundred rows.
_ROWS = 4000
_PASSWORD = "proxy-password-7"
_SQUID = """
http_port {listen}
pid_filename none
cache deny all
access_log none
cache_log stdio:/dev/stderr
netdb_filename none
coredump_dir {folder}
hosts_file {folder}/hosts
shutdown_lifetime 0 seconds
acl SSL_ports port 1-65535
{rules}
"""
_REFUSES = """
from mitmproxy import http

def http_connect(flow):
    flow.response = http.Response.make(403, b"<h1>Not from here</h1>", {"Content-Type": "text/html"})
"""


def squid_407(yard: Yard) -> None:
    """squid asks for a password that the environment does not have."""
    _stops(yard, _squid(yard, _asking()), says=("proxy", "password|407"))


def squid_407_wrong_password(yard: Yard) -> None:
    """squid asks for another password than the environment has."""
    helper = yard.write("helper.sh", "#!/bin/sh\nwhile read line; do echo ERR; done\n")
    helper.chmod(0o755)
    address = _squid(yard, _asking(helper)).replace("//", f"//clerk:{_PASSWORD}@")
    _stops(yard, address, says=("proxy", "password|407"))


def squid_403(yard: Yard) -> None:
    """squid lets nobody through."""
    _stops(yard, _squid(yard, "http_access deny all"), says=("proxy", "403|refus"))


def mitmproxy_407(yard: Yard) -> None:
    """mitmproxy asks for a password that the environment does not have."""
    _stops(yard, _mitmproxy(yard, "--proxyauth", f"clerk:{_PASSWORD}"), says=("proxy", "password|407"))


def mitmproxy_403(yard: Yard) -> None:
    """mitmproxy refuses the tunnel."""
    script = yard.write("refuses.py", _REFUSES)
    _stops(yard, _mitmproxy(yard, "--scripts", str(script)), says=("proxy", "403|refus"))


def squid_killed(yard: Yard) -> None:
    """squid is killed and comes back at once: fifteen seconds later connections live as long as before."""
    _killed(yard, kills=1)


def squid_killed_thrice(yard: Yard) -> None:
    """The same three times within some seconds."""
    _killed(yard, kills=3)


def _killed(yard: Yard, kills: int) -> None:
    api = yard.api(rule(success().but(delay_s=0.03)))
    certificate = tls.certify(yard.folder / "tls", ELSEWHERE)
    log = yard.folder / "connections"
    inside = f"ssl_certificate {certificate}; ssl_certificate_key {certificate}; keepalive_requests 100000;"
    inside += f"access_log {log} connection; location / {{ proxy_pass http://{api.target}; }}"
    port = nginx(yard, inside, listen="ssl", http="log_format connection $connection;").rpartition(":")[2]
    yard.write("hosts", f"{HOST} {ELSEWHERE}\n")
    squid = _squid_program(yard, "http_access allow all")
    killing = _Killing(squid, kills, log)
    env = {"HTTPS_PROXY": f"http://{HOST}:{squid.port}", "SSL_CERT_FILE": str(tls.ca_file(certificate.parent))}
    run = partial(yard.run, url=f"https://{ELSEWHERE}:{port}/api", env=env, count=_ROWS, fewest=_ROWS)
    required = Required(exits=(0, 1), in_doubt=kills * CONCURRENCY, recorded=1)
    line = run(required=required, during=killing.begin, more=killing.complaints)
    run(name="again", required=Required(exits=(0, 1), in_doubt=line.counts["in_doubt"]))


class _Killing:
    """Kills a proxy while rows are posted, and counts the connections through it once it has been back for a while.

    The log has a line a request, with the number of its connection.
    """

    def __init__(self, proxy: Program, kills: int, log: Path) -> None:
        self._proxy, self._kills, self._log = proxy, kills, log
        self._before: list[str] = []

    def begin(self, running: Running) -> None:
        """In a thread, as somebody has to wait for the run."""
        self._thread = threading.Thread(target=self._kill, args=(running,), daemon=True)
        self._thread.start()

    def _kill(self, running: Running) -> None:
        for number in range(1, self._kills + 1):
            while running.alive and len(self._posted()) < 300 * number:
                time.sleep(0.05)
            self._proxy.end(signal.SIGKILL)
            self._proxy.start()
        time.sleep(_SETTLED_S)
        self._before = self._posted()

    def _posted(self) -> list[str]:
        return self._log.read_text().split()

    def complaints(self, run: Run) -> list[str]:
        """What is wrong with the connections since then."""
        self._thread.join()
        rows = self._posted()[len(self._before) :]
        opened = set(rows) - set(self._before)
        if len(rows) < 300:
            return [f"only {len(rows)} rows after the last kill: this shows nothing"]
        return [f"{len(opened)} connections for the last {len(rows)} rows"] if len(opened) > len(rows) // 4 else []


def _stops(yard: Yard, proxy: str, says: tuple[str, ...]) -> None:
    """The run stops at once, with every row unsent, and speaks of the proxy without its password."""
    yard.api()
    env = {"HTTPS_PROXY": proxy}
    required = Required(exits=(2, 3), within_s=15, says=says, not_says="trying again")
    line = yard.run(url=f"https://{ELSEWHERE}/api", env=env, required=required)
    if line.counts["pending"] != line.rows:
        yard.complain(f"only {line.counts['pending']} of {line.rows} rows are pending")
    if any(_PASSWORD in path.read_text() for path in yard.folder.glob("said-*")):
        yard.complain("the proxy's password is printed")


def _asking(helper: object = "/usr/lib/squid/basic_fake_auth") -> str:
    known = "acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all"
    return f"auth_param basic program {helper}\n{known}"


def _squid(yard: Yard, rules: str) -> str:
    return f"http://{HOST}:{_squid_program(yard, rules).port}"


def _squid_program(yard: Yard, rules: str) -> Program:
    port = free_port()
    # As root squid becomes another user, who has to be able to write here.
    yard.folder.chmod(0o777)
    if not (yard.folder / "hosts").exists():
        yard.write("hosts", "")
    text = _SQUID.format(listen=f"{HOST}:{port}", folder=yard.folder, rules=rules)
    return yard.start([yard.tools.program("squid"), "-N", "-f", yard.write("squid.conf", text)], port)


def _mitmproxy(yard: Yard, *options: str) -> str:
    port = free_port()
    program = yard.tools.environment("mitmproxy", "mitmproxy") / "mitmdump"
    place = ["--listen-host", HOST, "--listen-port", port, "--set", f"confdir={yard.folder / 'mitmproxy'}"]
    yard.start([program, *place, *options], port)
    return f"http://{HOST}:{port}"
