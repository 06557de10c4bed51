"""One attempt against receivers that do not behave, and over TLS."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.serving.webhooks.receiver import Receiver, receiving
from tingzhen.serving.webhooks.sending import Answer, Sender
from tingzhen.serving.webhooks.signing import new_secret


def sent(url: str, timeout_s: float = 30.0, tls: ssl.SSLContext | None = None) -> Answer:
    sender = Sender("any", timeout_s, tls or ssl.create_default_context())
    return asyncio.run(sender.send(url, (new_secret(),), "m1", b"{}"))


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that says to its first caller whatever it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            caller, _ = listener.accept()
            with caller, suppress(OSError):  # the caller has heard enough
                speak(caller)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(30)
        assert not thread.is_alive()


def test_an_answer_that_never_ends_costs_no_more_than_its_time() -> None:
    over = threading.Event()

    def drip(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.02):
            caller.sendall(b"x-more: yes\r\n")

    with speaking(drip) as url:
        assert sent(url, timeout_s=0.3) == Answer("timeout")
        over.set()


def test_of_a_large_answer_only_a_little_is_read() -> None:
    def flood(caller: socket.socket) -> None:
        caller.recv(65_536)
        caller.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n")
        while True:
            caller.sendall(b"x" * 65_536)  # ends when the caller hangs up

    with speaking(flood) as url:
        assert sent(url) == Answer(None, 200)


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000]
)
def test_what_is_no_answer(said: bytes) -> None:
    def speak(caller: socket.socket) -> None:
        caller.recv(65_536)
        caller.sendall(said)

    with speaking(speak) as url:
        assert sent(url) == Answer("unreachable")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert sent(f"http://127.0.0.1:{port}/") == Answer("unreachable")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of `localhost`, which signed itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def over_tls(certificate: Path) -> Iterator[Receiver]:
    with receiving(certificate) as receiver:
        yield receiver


def test_certificates_are_checked_against_the_name(over_tls: Receiver, certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    by_name = over_tls.url.replace("127.0.0.1", "localhost")
    assert sent(by_name, tls=trusting) == Answer(None, 204)
    assert sent(by_name) == Answer("tls")  # nobody vouches for it
    assert sent(over_tls.url, tls=trusting) == Answer("tls")  # of another name than was asked for
    assert len(over_tls.arrived) == 1
