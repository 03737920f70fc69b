"""Numbers as a person reads them."""

import time


def clock(seconds: float) -> str:
    """Write a length of time as h:mm:ss."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def size(count: float) -> str:
    """Write a number of bytes."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def age(seconds: float) -> str:
    """Write how long ago something was, in five characters or so."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def microvolts(value: float) -> str:
    """Write a value in microvolts; `-` where there is none."""
    if value != value:
        return "-"
    return f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def utc(t_ns: int, digits: int = 0) -> str:
    """Write the time of day in UTC, with some digits of the second."""
    seconds, rest_ns = divmod(t_ns, 10**9)
    fraction = f".{rest_ns:09}"[: digits + 1] if digits else ""
    return time.strftime("%H:%M:%S", time.gmtime(seconds)) + fraction


def utc_date(t_ns: int) -> str:
    """Write date and time in UTC, down to the microsecond."""
    return time.strftime("%Y-%m-%d ", time.gmtime(t_ns // 10**9)) + utc(t_ns, 6) + " UTC"
