"""Gateways and servers that turn away what is over a limit with a plain 503, which looks like answers lost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.faultserver.api import HOST
from tests.faultserver.plan import bulk, rule, success
from tests.soak.behind.judging import Required
from tests.soak.behind.losing import BULK, BULK_ROWS, nginx
from tests.soak.behind.programs import free_port
from tests.soak.behind.yard import CONCURRENCY, FEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.behind.yard import Yard

MOST_IN_DOUBT = 60
# The fifth time that three in a row are lost stops a run, and some are in flight then.
MOST_REQUESTS_IN_DOUBT = 20
_SAYS_SO = ("slow|pace|narrow|fewer|limit",)
_ZONE = "limit_req_zone $binary_remote_addr zone=one:1m rate=50r/s;"
_HAPROXY = """
global
    maxconn 500
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    {defaults}
frontend main
    bind {listen}
    {frontend}
    default_backend api
backend api
    {backend}
"""


def haproxy(
    yard: Yard, *, backend: str, frontend: str = "", defaults: str = "", bind: str = "", port: int | None = None
) -> str:
    """Start haproxy with these lines in its sections; its address."""
    port = port or free_port()
    listen = f"{HOST}:{port} {bind}"
    text = _HAPROXY.format(listen=listen, backend=backend, frontend=frontend, defaults=defaults)
    yard.start([yard.tools.program("haproxy"), "-db", "-f", yard.write("haproxy.cfg", text)], port)
    return f"{HOST}:{port}"


def nginx_limit_req(yard: Yard) -> None:
    """50 requests a second, a queue of 20, and 503 for what is over it."""
    _limit_req(yard, "limit_req zone=one burst=20;")


def nginx_limit_req_nodelay(yard: Yard) -> None:
    """The same, and nothing waits in the queue."""
    _limit_req(yard, "limit_req zone=one burst=20 nodelay;")


def nginx_limit_req_429(yard: Yard) -> None:
    """The same with the status that is meant for it: nothing is in doubt, whoever wrote the page."""
    api = yard.api()
    inside = f"location / {{ limit_req zone=one burst=20; limit_req_status 429; proxy_pass http://{api.target}; }}"
    yard.run(url=f"http://{nginx(yard, inside, http=_ZONE)}/api", required=Required(exits=(0,), recorded=1))


def haproxy_queue(yard: Yard) -> None:
    """Two connections to a slow API, and 503 for who waits longer than 300 ms."""
    api = yard.api(rule(success().but(delay_s=0.1)))
    backend = f"timeout queue 300ms\n    server one {api.target} maxconn 2"
    _limited(yard, f"http://{haproxy(yard, backend=backend)}/api")


def haproxy_deny(yard: Yard) -> None:
    """Over 50 requests within a second are denied with 503; the denied ones count as well."""
    _limited(yard, _denying(yard, 503))


def haproxy_deny_403(yard: Yard) -> None:
    """The same with 403, its default: that is the end of a run, and so of what continues it."""
    url = _denying(yard, 403)
    first = yard.run(url=url, required=Required(exits=(3,), in_doubt=CONCURRENCY, recorded=1))
    most = first.counts["in_doubt"] + CONCURRENCY
    yard.run(url=url, name="again", required=Required(exits=(3,), in_doubt=most, recorded=first.counts["recorded"]))


def uvicorn_limit_concurrency(yard: Yard) -> None:
    """503 for every connection over the fifth."""
    url = yard.application(_uvicorn, delay_s=0.1)
    _limited(yard, url)


def nginx_limit_req_bulk(yard: Yard) -> None:
    """Two bulk requests a second; each that is turned away has a hundred rows in doubt."""
    api = yard.api(rule(bulk().but(delay_s=0.1), endpoint="bulk"))
    zone = "limit_req_zone $binary_remote_addr zone=one:1m rate=2r/s;"
    address = nginx(yard, f"location / {{ limit_req zone=one burst=2; proxy_pass http://{api.target}; }}", http=zone)
    _limited(yard, f"http://{address}/api", *BULK, count=10_000, most=BULK_ROWS * MOST_REQUESTS_IN_DOUBT)


def _denying(yard: Yard, status: int) -> str:
    frontend = (
        "stick-table type ip size 1k expire 10s store http_req_rate(1s)\n    http-request track-sc0 src\n"
        f"    http-request deny deny_status {status} if {{ sc_http_req_rate(0) gt 50 }}"
    )
    return f"http://{haproxy(yard, backend=f'server one {yard.api().target}', frontend=frontend)}/api"


def _uvicorn(programs: Path, port: int) -> list[object]:
    options = ["--host", HOST, "--port", port, "--limit-concurrency", 5, "--no-access-log"]
    return [programs / "uvicorn", "tests.soak.behind.application:asgi", *options]


def _limit_req(yard: Yard, limit: str) -> None:
    api = yard.api()
    url = f"http://{nginx(yard, f'location / {{ {limit} proxy_pass http://{api.target}; }}', http=_ZONE)}/api"
    _limited(yard, url)


def _limited(yard: Yard, url: str, *options: object, count: int = 1000, most: int = MOST_IN_DOUBT) -> None:
    """The run says that it slows down, and ends or stops with few rows in doubt; so does a run that continues it."""
    run = partial(yard.run, *options, url=url, count=count, fewest=20 * BULK_ROWS if options else FEWEST)
    first = run(required=Required(exits=(0, 1, 3), in_doubt=most, says=_SAYS_SO))
    if first.counts["pending"]:
        more = Required(
            exits=(0, 1, 3), in_doubt=first.counts["in_doubt"] + most, recorded=first.counts["recorded"] + 1
        )
        run(name="again", required=more)
