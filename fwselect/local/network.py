"""Ports and addresses of this machine."""

import ipaddress
import socket

from fwselect.local.processes import StartRefused

PORTS_TRIED = 50


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_port_is_free(host: str, port: int) -> None:
    refusal = _bind_refusal(host, port)
    if refusal is None:
        return
    if isinstance(refusal, socket.gaierror):
        raise StartRefused(f"FWSELECT_HOST={host} is not an address of this machine.")
    raise StartRefused(f"Port {port} on {host} can't be used ({refusal.strerror}); choose another: PORT={port + 1}")


def next_free_port(host: str, first: int) -> int:
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        if _bind_refusal(host, port) is None:
            return port
    raise StartRefused(f"No free port for the live process from {first} on; give one: FWSELECT_LIVE_PORT=...")


def _bind_refusal(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as refusal:
        return refusal
    return None


def own_address() -> str:
    """The address other machines of the network most likely reach this one by."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation; nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return _address_of_the_name()


def _address_of_the_name() -> str:
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    except OSError:
        found = []
    return next((address for address in found if not is_loopback(address)), "127.0.0.1")
