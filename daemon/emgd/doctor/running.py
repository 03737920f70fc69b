"""Is a daemon at work? Then the board is not for the doctor."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

from emgd.client import ClientError, Control

_CONNECT_S = 0.5


def running_daemon(control: str) -> str:
    """What a daemon at this endpoint is doing, in a sentence; empty where there is none."""
    if not _taken(control):
        return ""
    try:
        with Control(control) as asked:
            status = asked.ask("status")
    except ClientError:
        return ""
    health = status.get("health") or {}
    recording = health.get("recording") or {}
    doing = f"records {recording['path']}" if recording.get("path") else str(status.get("state"))
    return (
        f"a daemon is running at {control} ({doing}, source {status.get('source')}): the board is "
        "its own, and a check would spoil what it records. Stop it first, or name another board "
        "and other endpoints."
    )


def _taken(endpoint: str) -> bool:
    """Whether somebody listens there."""
    if endpoint.startswith("ipc://"):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(Path(endpoint.removeprefix("ipc://")))) == 0
    parts = urlsplit(endpoint)
    if parts.scheme != "tcp" or not parts.hostname or not parts.port:
        return False
    try:
        with socket.create_connection((parts.hostname, parts.port), _CONNECT_S):
            return True
    except OSError:
        return False
