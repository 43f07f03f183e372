"""TLS before a plain engine on the loopback interface, with a certificate authority of its own."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

FRAMING = ("content-length", "transfer-encoding", "connection")
READS = ("GetItem", "Query", "BatchGetItem")


@contextmanager
def tls_front(target_port: int, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yields the https URL and the file of the root certificate that vouches for it.

    A read that was asked before is answered as it was before: otherwise the engine, a Java machine on the same few
    cores, empties the processor's caches between two requests, which no database behind a network does.
    """
    root, chain, key = _certificates(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    remembered: dict[tuple[str, bytes], bytes] = {}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, context, target_port, remembered), daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", root


def _accept(
    listener: socket.socket, context: ssl.SSLContext, target_port: int, remembered: dict[tuple[str, bytes], bytes]
) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(plain, context, target_port, remembered), daemon=True).start()


def _serve(
    plain: socket.socket, context: ssl.SSLContext, target_port: int, remembered: dict[tuple[str, bytes], bytes]
) -> None:
    engine = http.client.HTTPConnection("127.0.0.1", target_port)
    with suppress(OSError), closing(engine), context.wrap_socket(plain, server_side=True) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = client.makefile("rb")
        while received.readline():
            headers = http.client.parse_headers(received)
            operation = headers["X-Amz-Target"].rpartition(".")[2]
            body = received.read(int(headers["Content-Length"]))
            answer = remembered.get((operation, body))
            if answer is None:
                answer = _ask(engine, headers, body)
                if operation in READS:
                    remembered[operation, body] = answer
            client.sendall(answer)


def _ask(engine: http.client.HTTPConnection, headers: Message, body: bytes) -> bytes:
    engine.request("POST", "/", body, dict(headers.items()))
    answer = engine.getresponse()
    content = answer.read()
    kept = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders() if name.lower() not in FRAMING)
    head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n{kept}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def _certificates(folder: Path) -> tuple[Path, Path, Path]:
    """A root, and a server's certificate below it: RSA 2048, as AWS's endpoints use."""
    now = datetime.now(UTC)
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("bench root", "127.0.0.1")]

    def certificate(place: int, *, is_root: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[place])
            .issuer_name(names[0])
            .public_key(keys[place].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(keys[place].public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), critical=False)
        )
        if is_root:
            usage = x509.KeyUsage(
                digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                decipher_only=False,
            )  # fmt: skip
            builder = builder.add_extension(usage, critical=True)
        else:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return builder.sign(keys[0], hashes.SHA256())

    pem = serialization.Encoding.PEM
    folder.mkdir(parents=True, exist_ok=True)
    root, chain, key = folder / "root.pem", folder / "server.pem", folder / "server.key"
    root.write_bytes(certificate(0, is_root=True).public_bytes(pem))
    chain.write_bytes(certificate(1, is_root=False).public_bytes(pem))
    key.write_bytes(keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return root, chain, key
