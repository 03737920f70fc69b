"""A line that flaps must not fill the log: what is said again and again is summed up."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

SAID_OUT = 5  # of the same kind in a window; the rest is counted
WINDOW_S = 60.0


@dataclass(slots=True)
class _Kind:
    """What was said of one kind of record in its window."""

    until_s: float
    said: int = 0
    held: int = 0
    latest: logging.LogRecord | None = None


class Floodgate(logging.Filter):
    """Lets the first few records of each kind through; `flush` tells how many more there were."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._kinds: dict[tuple[object, ...], _Kind] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is said out at once."""
        if hasattr(record, "summary"):
            return True
        now = self._monotonic()
        kind = self._kinds.setdefault(_kind_of(record), _Kind(now + WINDOW_S))
        if kind.said < SAID_OUT:
            kind.said += 1
            return True
        kind.held += 1
        kind.latest = record
        return False

    def flush(self, *, all_of_them: bool = False) -> None:
        """Say what was held back in windows that are over; call it now and then."""
        now = self._monotonic()
        for key, kind in list(self._kinds.items()):
            if now < kind.until_s and not all_of_them:
                continue
            del self._kinds[key]
            if kind.latest is not None:
                _sum_up(kind.latest, kind.held)


def _kind_of(record: logging.LogRecord) -> tuple[object, ...]:
    """Records of one place in the code; a place that passes on whole sentences has many kinds."""
    words = record.getMessage() if record.msg == "%s" else ""
    return record.pathname, record.lineno, words


def _sum_up(latest: logging.LogRecord, held: int) -> None:
    logging.getLogger(latest.name).log(
        latest.levelno,
        "%d more like this within a minute, the last one: %s",
        held,
        latest.getMessage(),
        extra={"summary": held, "fields": getattr(latest, "fields", {})},
    )
