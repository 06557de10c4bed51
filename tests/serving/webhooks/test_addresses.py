"""Where deliveries may go, and when they are tried again."""

import asyncio
import ipaddress
from datetime import UTC, datetime, timedelta

import httpcore
import pytest

from tingzhen.errors import WebhookInvalid
from tingzhen.serving.webhooks.addresses import (
    AddressRefused,
    CheckedNetwork,
    Unresolved,
    check_url,
    is_public,
)
from tingzhen.serving.webhooks.retrying import Patience


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.1",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:1::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_on_the_internet(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com", "ftp://example.com", "https://", "https:///path", "example.com",
        "https://user:pass@example.com", "https://example.com/#part", "https://example.com:99999",
        "https://ex ample.com", "https://例.com", "https://[::1]/", "https://127.0.0.1",
        "https://localhost", "https://service", "https://db.internal", "https://x.localhost.",
        "https://[::ffff:10.0.0.1]/", "https://example.com/" + "a" * 2000, "https://[bad", "\n",
    ],
)  # fmt: skip
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(WebhookInvalid):
        check_url(url, "public")


def test_urls_that_are_taken() -> None:
    for url in ("https://example.com/a?b=c", "https://example.com:8443", "https://8.8.8.8/"):
        assert check_url(url, "public") == url
    assert check_url("http://127.0.0.1:9/", "any")
    with pytest.raises(WebhookInvalid):
        check_url("file:///etc/passwd", "any")


def test_a_name_is_refused_by_what_it_resolves_to() -> None:
    """`localhost` is a name that resolves inside wherever this runs, without asking anybody."""

    async def connect(host: str) -> None:
        await CheckedNetwork("public").connect_tcp(host, 9)

    for host in ("localhost", "127.1", "2130706433", "0x7f.1"):
        with pytest.raises(AddressRefused):
            asyncio.run(connect(host))
    with pytest.raises(Unresolved):
        asyncio.run(connect("a" * 64 + ".example"))

    async def inside() -> None:
        await CheckedNetwork("any").connect_tcp("127.0.0.1", 1)

    with pytest.raises(httpcore.ConnectError):
        asyncio.run(inside())


def test_waits_double_up_to_an_hour_and_are_spread() -> None:
    now = datetime.now(UTC)

    def wait_s(attempts: int, chance: float, asked_s: float | None = None) -> float:
        patience = Patience(5.0, 259_200.0, lambda: chance)
        moment = patience.next_at(now, now, attempts, asked_s)
        assert moment is not None
        return (moment - now).total_seconds()

    assert [wait_s(n, 1.0) for n in (1, 2, 3, 10, 11, 400)] == [5, 10, 20, 2560, 3600, 3600]
    assert [wait_s(n, 0.0) for n in (1, 2, 3)] == [2.5, 5, 10]
    assert (wait_s(1, 1.0, 60), wait_s(1, 1.0, 1), wait_s(1, 1.0, 90_000)) == (60, 5, 3600)


def test_it_ends_by_age_and_never_before_a_few_attempts() -> None:
    patience, now = Patience(5.0, 259_200.0), datetime.now(UTC)
    old, young = now - timedelta(days=3), now - timedelta(days=2, hours=23)
    assert patience.next_at(now, old, 5) is None
    assert patience.next_at(now, old, 4) is not None
    assert patience.next_at(now, young, 80) is not None
