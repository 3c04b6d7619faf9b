"""Certificates for loopback, made when first asked for."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

_LOOPBACK = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
_SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)
_ELSEWHERE = x509.SubjectAlternativeName([x509.DNSName("api.example.org")])


def ca_file(directory: Path) -> Path:
    """The authority that signed `trusted` and `other_host`: for `SSL_CERT_FILE` of the command."""
    return directory / "ca.pem"


def server_context(kind: str, directory: Path) -> ssl.SSLContext:
    """A server's context with a certificate of that kind.

    `trusted`: for localhost and 127.0.0.1, signed by the authority of `ca_file`. `other_host`: signed by the same,
    for a host that this is not. `self_signed`: for this host, signed by nobody. `expired`: signed for this host, and
    over.
    """
    make_authority(directory)
    if not (directory / f"{kind}.pem").exists():
        names = _ELSEWHERE if kind == "other_host" else _LOOPBACK
        _request(directory, kind, "A test server", names, signer=None if kind == "self_signed" else "ca")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / f"{kind}.pem", directory / f"{kind}.key")
    return context


def make_authority(directory: Path) -> None:
    """Make the authority of `ca_file`, once."""
    directory.mkdir(parents=True, exist_ok=True)
    if not ca_file(directory).exists():
        _request(directory, "ca", "Test authority", None, signer=None)


def certify(directory: Path, host: str) -> Path:
    """The certificate of a host, its key behind it in the same file, signed by the authority of `ca_file`."""
    make_authority(directory)
    _request(directory, host, "A test server", x509.SubjectAlternativeName([x509.DNSName(host)]), signer="ca")
    whole = directory / f"{host}.whole.pem"
    whole.write_bytes((directory / f"{host}.pem").read_bytes() + (directory / f"{host}.key").read_bytes())
    return whole


def _request(
    directory: Path, name: str, subject: str, names: x509.SubjectAlternativeName | None, *, signer: str | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    issuer, issuer_key = title, key
    if signer:
        issuer = x509.load_pem_x509_certificate((directory / f"{signer}.pem").read_bytes()).subject
        issuer_key = serialization.load_pem_private_key((directory / f"{signer}.key").read_bytes(), None)  # type: ignore[assignment]
    now = datetime.now(UTC) - timedelta(days=100 if name == "expired" else 0)
    builder = x509.CertificateBuilder(
        issuer, title, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=30)
    ).add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
    # RFC 5280, 4.2: Python 3.13 wants what every certificate has to have.
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(authority, critical=False)
    builder = builder.add_extension(names or _SIGNS_CERTIFICATES, critical=names is None)
    (directory / f"{name}.pem").write_bytes(
        builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    plain = serialization.NoEncryption()
    (directory / f"{name}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
