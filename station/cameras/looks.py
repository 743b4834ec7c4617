"""Cheap looks whether a camera is there, without opening it."""

import platform
import socket
from pathlib import Path
from urllib.parse import urlsplit

LOOK_TIMEOUT_S = 0.3
PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}

GVCP_PORT = 3956
DISCOVERY = bytes.fromhex("42 01 0002 0000 0001")
"""GigE Vision control protocol: key, "answer me", DISCOVERY_CMD, no payload, request 1."""
DISCOVERY_ACK = bytes.fromhex("0003")


def answers(address: str | int) -> bool:
    """Say whether a USB camera (by index) or a network's (by address) seems to be there."""
    return usb_answers(address) if isinstance(address, int) else network_answers(address)


def usb_answers(index: int, devices: Path = Path("/dev")) -> bool:
    """Look for the system's device; True where the system shows none without opening it."""
    return platform.system() != "Linux" or (devices / f"video{index}").exists()


def network_answers(address: str) -> bool:
    """Ask an RTSP server for its options, any other whether it takes a connection.

    A frozen server still takes connections (its system does that for it): only what it says
    itself tells. Any answer will do, "401 Unauthorized" too (RFC 2326, section 10.1).
    """
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme, 0)
        with socket.create_connection((parts.hostname or "", port), LOOK_TIMEOUT_S) as link:
            return parts.scheme != "rtsp" or _says_something(link, parts.hostname or "", port)
    except (OSError, ValueError):
        return False


def _says_something(link: socket.socket, host: str, port: int) -> bool:
    """True if an RTSP request is answered; a server that hangs up instead says nothing."""
    request = f"OPTIONS rtsp://{host}:{port}/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Patchlight\r\n\r\n"
    link.sendall(request.encode("ascii", "replace"))
    return bool(link.recv(1))


def gige_answers(host: str, port: int = GVCP_PORT) -> bool:
    """Ask a GigE Vision camera who it is: the protocol's DISCOVERY command, to it alone.

    Any camera answers that at once, whoever controls it, and a frozen one does not.
    """
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.settimeout(LOOK_TIMEOUT_S)
            link.connect((host, port))
            link.send(DISCOVERY)
            return link.recv(1024)[2:4] == DISCOVERY_ACK
    except OSError:
        return False
