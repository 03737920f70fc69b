"""What the daemon asks of the system for itself before it makes anything."""

import contextlib
import os
import resource

_MOST_FILES = 65536


def close_to_others() -> None:
    """What is made from here on (recordings, sockets) is closed to other users of this PC."""
    before = os.umask(0o777)
    os.umask(before | 0o007)


def allow_many_files() -> None:
    """Every client takes one; libzmq ends the process where an ipc:// endpoint gets none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # then it is what it was
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
