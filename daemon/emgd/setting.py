"""What is known of one setting beside its type: default, range, and what a user notices of it."""

from dataclasses import field
from typing import Any


def key(
    default: Any,
    says: str = "",
    *,
    low: float | None = None,
    high: float | None = None,
    one_of: tuple[Any, ...] = (),
    live: bool = False,
) -> Any:
    """A setting with its default, what a user notices when turning it, and its range.

    A live one can change while the daemon runs: a reload is enough.
    """
    about = {"says": says, "low": low, "high": high, "one_of": one_of, "live": live}
    return field(default=default, metadata=about)
