"""Certificates of an authority of the tests' own, and a blog that is served with them."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pipeline.sample import Blog, Post, Quirks
from pipeline.sample.site import respond

NOW = datetime.now(UTC)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """Signs certificates; `pem` is what a client that trusts it needs."""

    def __init__(self, name: str = "an invented authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        made = self._certificate(self._name, self._key.public_key(), NOW + timedelta(days=1))
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.pem = made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    @property
    def file_name(self) -> str:
        """What OpenSSL calls it in a folder of authorities (X509_NAME_hash)."""
        without_sequence = self._name.public_bytes()[2:]
        number = int.from_bytes(hashlib.sha1(without_sequence).digest()[:4], "little")
        return f"{number:08x}.0"

    def issue(
        self, path: Path, address: str = "127.0.0.1", until: datetime = NOW + timedelta(days=1)
    ) -> None:
        """Write a certificate for an IP address, and its key, to one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._certificate(_named("an invented site"), key.public_key(), until)
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        made = made.add_extension(names, critical=False)
        self._write(path, made.sign(self._key, hashes.SHA256()), key)

    def issue_itself(self, path: Path) -> None:
        """Write a certificate that its own key has signed, and the key."""
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        made = self._certificate(self._name, self._key.public_key(), NOW + timedelta(days=1))
        made = made.add_extension(names, critical=False)
        self._write(path, made.sign(self._key, hashes.SHA256()), self._key)

    def _certificate(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=2))
            .not_valid_after(until)
        )

    @staticmethod
    def _write(path: Path, made: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(secret + made.public_bytes(Encoding.PEM))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    blog: Blog
    requests: list[str]

    def do_GET(self) -> None:
        self.requests.append(self.path)
        answer = respond(self.blog, Quirks(), self.path, f"https://{self.headers['Host']}")
        self.send_response(answer.status)
        for name, value in [("Content-Type", answer.content_type), *answer.headers]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serve_by_tls(certificate: Path, posts: list[Post]) -> Iterator[tuple[str, list[str]]]:
    """Serve a blog with the certificate and key in the file; its address and what was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    requests: list[str] = []
    handler = type("Handler", (_Handler,), {"blog": Blog(posts), "requests": requests})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}", requests
        finally:
            server.shutdown()
            thread.join()
