"""Asks the system for what a thread needs that must not miss a sample: to run first, in memory."""

import ctypes
import logging
import os
import resource
import sys
from collections.abc import Callable

PRIORITY = 40  # below the kernel's own interrupt threads (50), which bring the samples
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_TURN_S = 200e-6  # Python's own 5 ms, for which a thread may keep the others out, are 5 samples

_HOW = (
    f"samples may be lost when this PC is busy. To allow it: LimitRTPRIO={PRIORITY} and "
    "LimitMEMLOCK=infinity in the service's unit, or for a login a file in /etc/security/limits.d "
    f"with the lines '@emgd - rtprio {PRIORITY}' and '@emgd - memlock unlimited', the user in the "
    "group emgd, and a new login"
)

_log = logging.getLogger(__name__)


def ask_for_realtime(
    first: Callable[[], None] | None = None, locked: Callable[[], None] | None = None
) -> None:
    """For the calling thread SCHED_FIFO, for the process locked memory; a warning where not."""
    sys.setswitchinterval(_TURN_S)
    refused = []
    for what, ask in (
        ("real-time scheduling", first or run_first),
        ("locked memory", locked or lock_memory),
    ):
        try:
            ask()
        except OSError as error:
            refused.append(f"{what} ({error.strerror})")
    if refused:
        _log.warning("not permitted: %s; %s", " and ".join(refused), _HOW)
    else:
        _log.info("runs with real-time priority %d and locked memory", PRIORITY)


def run_first() -> None:
    """Let the calling thread run whenever it can, before all that has no such right."""
    policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
    os.sched_setscheduler(0, policy, os.sched_param(PRIORITY))


def lock_memory() -> None:
    """Keep what is in memory there, without bringing in what nobody touches.

    Below no limit at all it is not even tried: it would hold until the process grows over the
    limit, and fail then.
    """
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    try:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, unlimited)
    except ValueError as error:
        raise PermissionError(1, "its limit is not infinite") from error
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
