"""Gateways that are told to send a POST again by themselves: rows are stored twice, and no client can know.

Here for the documents, which have to name these settings: the importer sends each row once and is told once that it is
recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faultserver.plan import hang_up, rule
from tests.soak.behind.judging import Required
from tests.soak.behind.limiting import haproxy
from tests.soak.behind.losing import LOST, nginx, varnish
from tests.soak.behind.yard import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.soak.behind.yard import Yard

_VARNISH = """
vcl 4.1;
import std;
backend default {{ .host = "{host}"; .port = "{port}"; }}
sub vcl_recv {{ std.cache_req_body(100KB); return (pass); }}
sub vcl_backend_error {{ return (retry); }}
"""


def nginx_non_idempotent(yard: Yard) -> None:
    """`proxy_next_upstream error timeout non_idempotent` with two ways to the API."""

    def gateway(api: str) -> str:
        http = f"upstream api {{ server {api} max_fails=0; server {api} max_fails=0; }}"
        inside = "location / { proxy_pass http://api; proxy_next_upstream error timeout non_idempotent; }"
        return nginx(yard, inside, http=http)

    _sends_twice(yard, gateway, setting="non_idempotent")


def haproxy_retry_on(yard: Yard) -> None:
    """`retry-on all-retryable-errors`."""

    def gateway(api: str) -> str:
        defaults = "retries 3\n    retry-on all-retryable-errors\n    option redispatch"
        return haproxy(yard, backend=f"server one {api}\n    server two {api}", defaults=defaults)

    _sends_twice(yard, gateway, setting="all-retryable-errors")


def varnish_return_retry(yard: Yard) -> None:
    """`return (retry)` in `vcl_backend_error`."""

    def gateway(api: str) -> str:
        host, _, port = api.partition(":")
        return varnish(yard, "-f", yard.write("retry.vcl", _VARNISH.format(host=host, port=port)))

    _sends_twice(yard, gateway, setting=r"return (retry)")


def _sends_twice(yard: Yard, gateway: Callable[[str], str], setting: str) -> None:
    # Each attempt at a row has its own chance: what is lost once comes through the second time.
    api = yard.api(rule(hang_up(stored=True), chance=LOST))
    required = Required(exits=(0, 1), in_doubt=20, twice=True)
    line = yard.run(url=f"http://{gateway(api.target)}/api", required=required)
    if not line.twice:
        yard.complain("nothing was sent twice: this shows nothing")
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    if not any(setting in path.read_text() for path in documents):
        yard.complain(f"the documents do not name {setting!r}")
