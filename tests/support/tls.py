"""Certificates for loopback, made by the `openssl` command when first asked for."""

from __future__ import annotations

import ssl
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")
_LOOPBACK = "subjectAltName=DNS:localhost,IP:127.0.0.1"
_ELSEWHERE = "subjectAltName=DNS:api.example.org"


def ca_file(directory: Path) -> Path:
    """The authority that signed `trusted` and `other_host`: for `SSL_CERT_FILE` of the command."""
    return directory / "ca.pem"


def server_context(kind: str, directory: Path) -> ssl.SSLContext:
    """A server's context with a certificate of that kind.

    `trusted`: for localhost and 127.0.0.1, signed by the authority of `ca_file`. `other_host`: signed by the same,
    for a host that this is not. `self_signed`: for this host, signed by nobody.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if not ca_file(directory).exists():
        _request(directory, "ca", "Test authority", "basicConstraints=critical,CA:TRUE", signer=None)
    if not (directory / f"{kind}.pem").exists():
        names = _ELSEWHERE if kind == "other_host" else _LOOPBACK
        _request(directory, kind, "A test server", names, signer=None if kind == "self_signed" else "ca")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / f"{kind}.pem", directory / f"{kind}.key")
    return context


def _request(directory: Path, name: str, subject: str, extension: str, *, signer: str | None) -> None:
    command = ["openssl", "req", "-x509", *_KEY, "-subj", f"/CN={subject}", "-addext", extension]
    command += ["-keyout", f"{name}.key", "-out", f"{name}.pem"]
    if signer:
        command += ["-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run(command, cwd=directory, check=True, capture_output=True, timeout=30)
