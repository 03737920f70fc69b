"""Who may connect: what the daemon's two sockets may be bound to."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit


def stream_faults(stream: Sequence[str], control: str, anywhere: bool) -> list[str]:
    """What speaks against these endpoints, a sentence each."""
    faults = [] if stream else ["stream: give at least one endpoint, tcp://127.0.0.1:5556"]
    for key, endpoint in [*(("stream", one) for one in stream), ("control", control)]:
        if not endpoint.startswith(("tcp://", "ipc://", "inproc://")) or _host(endpoint) is None:
            faults.append(
                f"{key}: {endpoint!r} is no endpoint: tcp://127.0.0.1:5556 and "
                "ipc:///run/emgd/stream are"
            )
        elif not anywhere and not is_local(endpoint):
            faults.append(
                f"{key}: {endpoint} can be reached from other computers, and anybody there could "
                "read the face and stop the recording. Make keys (emgd keys NAME) and name their "
                "folder (keys = ...), or bind 127.0.0.1 and forward the port "
                "(ssh -L 5556:127.0.0.1:5556 -L 5557:127.0.0.1:5557 THIS-PC), or say "
                "insecure = true on a network that nobody else is on"
            )
    return faults


def is_local(endpoint: str) -> bool:
    """Whether only programs on this PC can connect."""
    if not endpoint.startswith("tcp://"):
        return True
    host = _host(endpoint) or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # an interface's name, or * for all of them
        return host == "lo"


def _host(endpoint: str) -> str | None:
    """The host of an endpoint, empty where it has none; None where it cannot be read."""
    try:
        return urlsplit(endpoint).hostname or ""
    except ValueError:  # brackets that are not an address
        return None
