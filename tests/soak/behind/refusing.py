"""Gateways that refuse everything, or what is too large, with a page of their own or without a word."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.faultserver import tls
from tests.faultserver.api import HOST
from tests.faultserver.plan import rule, stall
from tests.soak.behind.judging import Required
from tests.soak.behind.limiting import haproxy
from tests.soak.behind.losing import BULK, nginx
from tests.soak.behind.programs import free_port
from tests.soak.behind.yard import FEWEST, MOST_IN_AN_OUTAGE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.behind.yard import Yard

_STUNNEL = """
foreground = yes
pid =
debug = warning
[api]
accept = {listen}
connect = {to}
cert = {certificate}
{more}
"""
_OUTAGE_S = 10
# The first contact of a run is tried five times, with pauses between.
_TRIES_S = 25
_WANTS_ONE = ("certificate",)
_STOPS = (1, 3)
# What stops a run before its first row; 2 is for what is found out before anything is sent.
_NOT_STARTED = (2, 3)


def nginx_444(yard: Yard) -> None:
    """POSTs are closed without an answer, GETs are answered."""
    api = yard.api()
    inside = f"if ($request_method = POST) {{ return 444; }} location / {{ proxy_pass http://{api.target}; }}"
    _burns(yard, f"http://{nginx(yard, inside)}/api")


def nginx_444_bulk(yard: Yard) -> None:
    """The same with a hundred rows a request."""
    api = yard.api()
    inside = f"if ($request_method = POST) {{ return 444; }} location / {{ proxy_pass http://{api.target}; }}"
    _burns(yard, f"http://{nginx(yard, inside)}/api", *BULK, size=100)


def nginx_444_for_all(yard: Yard) -> None:
    """Everything is closed without an answer."""
    yard.api()
    _burns(yard, f"http://{nginx(yard, 'location / { return 444; }')}/api")


def mtu_hole(yard: Yard) -> None:
    """As behind a tunnel that swallows long packets: POSTs never arrive whole, and a short GET is answered."""
    api = yard.api(rule(stall(stored=False)))
    _burns(yard, api.url, "--timeout", 2)


def haproxy_client_certificate(yard: Yard) -> None:
    """TLS 1.3 with a client certificate: the refusal comes when the request is under way."""
    api, certificate = yard.api(), _certificate(yard)
    authority = tls.ca_file(certificate.parent)
    bind = f"ssl crt {certificate} ca-file {authority} verify required ssl-min-ver TLSv1.3"
    haproxy(yard, backend=f"server one {api.target}", bind=bind, port=(port := free_port()))
    _burns(yard, f"https://localhost:{port}/api", env=_trusting(authority), says=_WANTS_ONE)


def stunnel_client_certificate(yard: Yard) -> None:
    """The same with stunnel."""
    url, env = _stunnel(yard, yard.api().target, "verifyChain = yes\nCAfile = {authority}\nsslVersionMin = TLSv1.3")
    _burns(yard, url, env=env, says=_WANTS_ONE)


def stunnel_client_certificate_tls_1_2(yard: Yard) -> None:
    """With TLS 1.2 the refusal comes before a request can leave."""
    url, env = _stunnel(yard, yard.api().target, "verifyChain = yes\nCAfile = {authority}\nsslVersionMax = TLSv1.2")
    _stops(yard, url, says="certificate|handshake", env=env)


def stunnel_without_the_api(yard: Yard) -> None:
    """The tunnel is there and what it leads to is not: connections end as soon as they are made."""
    yard.api()
    url, env = _stunnel(yard, f"{HOST}:{free_port()}", "")
    _burns(yard, url, env=env)


def stunnel_spoken_to_in_clear_text(yard: Yard) -> None:
    """`http://` to stunnel's port."""
    url, _ = _stunnel(yard, yard.api().target, "")
    required = Required(exits=_STOPS, in_doubt=MOST_IN_AN_OUTAGE, says=("tls|https|lost|answer",))
    yard.run("--outage-wait", _OUTAGE_S, url=url.replace("https", "http"), required=required)


def nginx_no_certificate_sent(yard: Yard) -> None:
    """400 with a page: No required SSL certificate was sent."""
    api, certificate = yard.api(), _certificate(yard)
    authority = tls.ca_file(certificate.parent)
    inside = f"ssl_certificate {certificate}; ssl_certificate_key {certificate}; ssl_client_certificate {authority};"
    inside += f"ssl_verify_client on; location / {{ proxy_pass http://{api.target}; }}"
    port = nginx(yard, inside, listen="ssl").rpartition(":")[2]
    url, said = f"https://localhost:{port}/api", "No required SSL certificate was sent"
    _stops(yard, url, says=said, env=_trusting(authority))
    _stops(yard, url, *BULK, says=said, env=_trusting(authority), name="again, bulk")


def nginx_plain_to_https(yard: Yard) -> None:
    """400 with a page: The plain HTTP request was sent to HTTPS port."""
    yard.api()
    certificate = _certificate(yard)
    inside = f"ssl_certificate {certificate}; ssl_certificate_key {certificate};"
    url = f"http://{nginx(yard, inside, listen='ssl')}/api"
    _stops(yard, url, says="plain HTTP request was sent to HTTPS port")
    _stops(yard, url, *BULK, says="plain HTTP request was sent to HTTPS port", name="again, bulk")


def nginx_too_large(yard: Yard) -> None:
    """413 with a page for what is over 4 kB: a batch is halved until it passes."""
    api = yard.api()
    address = nginx(yard, f"client_max_body_size 4k; location / {{ proxy_pass http://{api.target}; }}")
    yard.run(*BULK, url=f"http://{address}/api", required=Required(exits=(0,), recorded=1))


def no_such_certificates(yard: Yard) -> None:
    """`SSL_CERT_FILE` names a file that does not exist."""
    api = yard.api(tls="trusted")
    missing = yard.folder / "company-ca.pem"
    required = Required(exits=_NOT_STARTED, within_s=15, says=("SSL_CERT_FILE", missing.name))
    yard.run(url=api.url, env=_trusting(missing), required=required)


def _burns(
    yard: Yard,
    url: str,
    *options: object,
    size: int = 1,
    env: dict[str, str] | None = None,
    says: tuple[str, ...] = (),
) -> None:
    """Nothing is stored, and nobody can know: the run stops soon, and each rerun has one request more in doubt."""
    times = min(size, 10)
    common = {"url": url, "env": env, "count": 1000 * times, "fewest": FEWEST * times}
    run = partial(yard.run, *options, "--outage-wait", _OUTAGE_S, **common)
    first = run(required=Required(exits=(3,), in_doubt=MOST_IN_AN_OUTAGE * size, says=says))
    again = run(name="again", required=Required(exits=(3,), in_doubt=first.counts["in_doubt"] + size))
    run(name="and again", required=Required(exits=(3,), in_doubt=again.counts["in_doubt"] + size))


def _stops(
    yard: Yard, url: str, *options: object, says: str, env: dict[str, str] | None = None, name: str = ""
) -> None:
    """The run stops before its first row and quotes what the gateway said."""
    required = Required(exits=_NOT_STARTED, within_s=_TRIES_S, says=(says,))
    line = yard.run(*options, url=url, env=env, name=name, required=required)
    if line.counts["pending"] != line.rows:
        yard.complain(f"only {line.counts['pending']} of {line.rows} rows are pending")


def _stunnel(yard: Yard, to: str, more: str) -> tuple[str, dict[str, str]]:
    """Start stunnel before an address; its URL, and the environment that trusts it."""
    certificate, port = _certificate(yard), free_port()
    authority = tls.ca_file(certificate.parent)
    names = {"listen": f"{HOST}:{port}", "to": to, "certificate": certificate, "more": more.format(authority=authority)}
    yard.start([yard.tools.program("stunnel4"), yard.write("stunnel.conf", _STUNNEL.format(**names))], port)
    return f"https://localhost:{port}/api", _trusting(authority)


def _certificate(yard: Yard) -> Path:
    return tls.certify(yard.folder / "tls", "localhost")


def _trusting(authority: Path) -> dict[str, str]:
    return {"SSL_CERT_FILE": str(authority)}
