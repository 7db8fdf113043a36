"""Which machine a message may go to: resolved once, checked, and that very address is connected to.

A name that leads inside is refused, however it does: by itself, by one of several addresses, or by an address that
holds another. What stands in ALERT_INNER_HOSTS may lead anywhere, and be spoken to without TLS.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST_URL = 500
# Addresses of IPv6 whose last four bytes are one of IPv4, to which a gateway leads.
NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class RefusedAddress(ValueError):
    """The address is none that messages go to; the message says why."""


@dataclass(frozen=True)
class Place:
    """Where to connect, and what to ask for there."""

    host: str
    port: int
    ip: str
    is_tls: bool
    path: str


def checked_url(url: str) -> SplitResult:
    """What can be seen without asking anybody. Raises RefusedAddress."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise RefusedAddress("This is no address of the web.") from error
    if len(url) > LONGEST_URL or any(not " " < letter < "\x7f" for letter in url):
        raise RefusedAddress("This is no address of the web, or too long a one.")
    if not host or parts.scheme not in ("https", "http") or port == 0:
        raise RefusedAddress("Write an address that begins with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise RefusedAddress("Leave out names, passwords and what follows a #.")
    if parts.scheme == "http" and not is_allowed(host):
        raise RefusedAddress("Messages go to addresses with https:// alone.")
    return parts


def is_allowed(host: str) -> bool:
    """Whether the settings name it: then it may be inside."""
    return host.lower() in settings.ALERT_INNER_HOSTS


def place_of(url: str) -> Place:
    """Asks for the addresses of the name, once. Raises RefusedAddress, or OSError where there is no such name."""
    parts = checked_url(url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not is_allowed(host) and any(not is_public(ip) for ip in found):
        raise RefusedAddress(f"{host} leads inside this network. ALERT_INNER_HOSTS may allow it by name.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(host, port, found[0], is_tls, path)


def is_public(text: str) -> bool:
    """Whether an address, and each that it holds, belongs to the internet at large."""
    ip: Address = ipaddress.ip_address(text.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in (ip, *held_by(ip)))


def held_by(ip: Address) -> list[Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    held: list[Address] = [each for each in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if each is not None]
    if any(ip in network for network in NAT64) or int(ip) < 1 << 32:
        held.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return held
