"""Gateways that answer in their own words when the API's answer is lost, after the API has stored."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.faultserver.api import HOST
from tests.faultserver.plan import hang_up, plan, rule, stall
from tests.soak.behind.judging import Required
from tests.soak.behind.programs import free_port
from tests.soak.behind.yard import FEWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faultserver.ledger import Books
    from tests.soak.behind.yard import Yard

LOST = 0.05
LOST_IN_BULK = 0.3
BULK_ROWS = 100
BULK = ("--bulk", BULK_ROWS)
_NGINX_BUSY = """
location / {{ proxy_pass http://{api}; error_page 502 503 504 =503 @busy; }}
location @busy {{ internal; default_type text/html; add_header Retry-After 1 always; return 503 "<h1>Busy</h1>"; }}
"""
_FASTIFY = """
const server = require('fastify')()
server.register(require('@fastify/http-proxy'), {upstream: 'http://%s', undici: {headersTimeout: 1000}})
server.listen({host: '%s', port: %d})
"""


def nginx(yard: Yard, inside: str, *, listen: str = "", http: str = "") -> str:
    """Start nginx with one server, whose directives are `inside`; its address."""
    port = free_port()
    temporary = "\n".join(
        f"{kind}_temp_path {yard.folder}/nginx-{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = f"""
    daemon off; user root; pid {yard.folder}/nginx.pid; error_log stderr; events {{ worker_connections 512; }}
    http {{ access_log off; {temporary} {http}
        server {{ listen {HOST}:{port} {listen}; {inside} }} }}
    """
    config = yard.write("nginx.conf", text)
    yard.start([yard.tools.program("nginx"), "-p", yard.folder, "-e", "stderr", "-c", config], port)
    return f"{HOST}:{port}"


def varnish(yard: Yard, *configuration: object) -> str:
    """Start Varnish with these options; its address."""
    port = free_port()
    command = [yard.tools.program("varnishd"), "-F", "-j", "none", "-n", yard.folder / "varnish"]
    yard.start([*command, "-a", f"{HOST}:{port}", *configuration], port)
    return f"{HOST}:{port}"


def fastify(yard: Yard, api: str) -> str:
    """Start `@fastify/http-proxy` before the API; its address."""
    modules = yard.tools.node_modules("fastify", "@fastify/http-proxy")
    port = free_port()
    script = yard.write("proxy.cjs", _FASTIFY % (api, HOST, port))
    yard.start([yard.tools.program("node"), script], port, {"NODE_PATH": str(modules)})
    return f"{HOST}:{port}"


def varnish_default(yard: Yard) -> None:
    """503 with `Retry-After` for every failed fetch, without any configuration."""
    _loses(yard, lambda api: varnish(yard, "-b", api), count=400)


def varnish_default_bulk(yard: Yard) -> None:
    """The same with a hundred rows a request."""
    _loses(yard, lambda api: varnish(yard, "-b", api), *BULK, count=2000)


def nginx_error_page(yard: Yard) -> None:
    """`error_page 502 503 504 =503` with `Retry-After`."""
    _loses(yard, lambda api: nginx(yard, _NGINX_BUSY.format(api=api)))


def nginx_error_page_bulk(yard: Yard) -> None:
    """The same with a hundred rows a request."""
    _loses(yard, lambda api: nginx(yard, _NGINX_BUSY.format(api=api)), *BULK, count=3000)


def fastify_proxy(yard: Yard) -> None:
    """500 and 504 with JSON of the gateway's own, which looks like an API's."""
    _loses(yard, partial(fastify, yard))


def fastify_proxy_bulk(yard: Yard) -> None:
    """The same with a hundred rows a request."""
    _loses(yard, partial(fastify, yard), *BULK, count=3000)


def _loses(yard: Yard, gateway: Callable[[str], str], *options: object, count: int = 1000) -> None:
    """Import through a gateway whose API loses answers after storing; then go on once all is well."""
    chance = LOST_IN_BULK if options else LOST
    ways = (hang_up(stored=True), hang_up(stored=True, reset=True), stall(stored=True))
    api = yard.api(*(rule(how, chance=chance / len(ways)) for how in ways))
    url = f"http://{gateway(api.target)}/api"
    # With 10 s a stalled answer costs little time, and whatever gives up first gives up after the row was stored.
    common = {"url": url, "count": count, "fewest": 20 * BULK_ROWS if options else FEWEST}
    first = yard.run(*options, "--timeout", 10, **common, required=Required(exits=(0, 1, 3), in_doubt=count))
    lost = _rows_lost(api)
    if not lost:
        yard.complain("no answer was lost: this shows nothing")
    if first.counts["in_doubt"] > lost:
        yard.complain(f"{first.counts['in_doubt']} in doubt, although only {lost} answers were lost")
    api.replan(plan())
    doubts = first.counts["in_doubt"]
    well = Required(exits=(1,) if doubts else (0,), in_doubt=doubts, recorded=first.rows - doubts)
    yard.run(*options, **common, name="again", required=well)


def _rows_lost(books: Books) -> int:
    """How many rows the API stored without an answer."""
    return sum(request["stored"] for request in books.requests(method="POST") if request["done"].startswith("rule"))
