"""Where deliveries may go, so that nobody has the service knock at doors inside its own network.

The name is resolved once for each attempt, every address it has is looked at, and the connection
goes to one of those and no other: a name that resolves to something else a moment later gains
nothing. TLS is checked against the name all the same.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import anyio
import httpcore

from tingzhen.errors import WebhookInvalid
from tingzhen.language import Text

Targets = Literal["public", "any"]
MOST_URL_CHARACTERS: Final = 2000
_MOST_ADDRESSES: Final = 4
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


class AddressRefused(Exception):
    """The name has an address that deliveries may not go to."""


class Unresolved(Exception):
    """The name has no address now."""


def check_url(url: str, targets: Targets) -> str:
    """The address if a webhook may have it, as far as that can be told without asking anybody.

    Raises WebhookInvalid.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _not_an_address() from None
    schemes = ("https",) if targets == "public" else ("https", "http")
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or len(url) > MOST_URL_CHARACTERS or not host:
        raise _not_an_address()
    if parts.scheme not in schemes or parts.username is not None or parts.fragment:
        raise _not_an_address()
    if targets == "public" and not _may_be_public(host):
        raise WebhookInvalid(
            Text("url 指向本机或内网地址，不能使用。请使用公网地址，"
                 "或由管理员设置 TINGZHEN_WEBHOOK_TARGETS=any。",
                 "The url names an address inside a private network. Use a public one, or have "
                 "the administrator set TINGZHEN_WEBHOOK_TARGETS=any.")
        )  # fmt: skip
    return url


def is_public(address: _Address) -> bool:
    """Whether it is reached over the internet alone; addresses in addresses are looked into."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


@dataclass(frozen=True, slots=True)
class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore: to addresses that were looked at, and no others."""

    targets: Targets

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressRefused, Unresolved, httpcore.ConnectError, httpcore.ConnectTimeout."""
        addresses = await self._resolve(host, port)
        network = httpcore.AnyIOBackend()
        for last, address in zip([*[False] * (len(addresses) - 1), True], addresses, strict=True):
            try:
                return await network.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last:
                    raise
        raise Unresolved(host)

    async def _resolve(self, host: str, port: int) -> list[_Address]:
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unresolved(host) from error
        addresses = list(dict.fromkeys(_address(str(entry[4][0])) for entry in found))
        if self.targets == "public" and not all(map(is_public, addresses)):
            raise AddressRefused(host)
        return addresses[:_MOST_ADDRESSES]


def _may_be_public(host: str) -> bool:
    """Of a name nothing is known before it is resolved, but for those of the machine itself."""
    try:
        return is_public(_address(host))
    except ValueError:
        name = host.rstrip(".").lower()
        return "." in name and not name.endswith((".localhost", ".local", ".internal"))


def _address(text: str) -> _Address:
    return ipaddress.ip_address(text.partition("%")[0])


def _not_an_address() -> WebhookInvalid:
    return WebhookInvalid(
        Text("url 应为 https:// 开头、不含用户名密码与 # 的 ASCII 网址，至多 2000 字符。",
             "The url is an https:// address in ASCII without user, password or fragment, of at "
             "most 2000 characters.")
    )  # fmt: skip
