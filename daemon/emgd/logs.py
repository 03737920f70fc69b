"""The log: one line an event, to the terminal or to the journal, and no floods."""

import logging
import os
import sys
from logging.handlers import MemoryHandler

from emgd.floods import Floodgate
from emgd.journal import JournalHandler, journal_reads, priority

_HELD_RECORDS = 10_000


def begin_log(level: str = "info", held: bool = False) -> Floodgate:
    """Log from here on; held back until the end while a live view has the terminal."""
    gate = Floodgate()
    handler = _journal() if journal_reads(2, os.environ) else _terminal()
    if held:
        handler = MemoryHandler(_HELD_RECORDS, logging.CRITICAL + 1, handler)
    handler.addFilter(gate)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    return gate


def set_level(level: str) -> None:
    """Tell so much from here on."""
    logging.getLogger().setLevel(level.upper())


def _terminal() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    return handler


def _journal() -> logging.Handler:
    prefixed = logging.StreamHandler(sys.stderr)
    prefixed.setFormatter(_Prefixed())
    return JournalHandler(prefixed)


class _Prefixed(logging.Formatter):
    """Lines that the journal reads the level of, by sd-daemon(3)."""

    def format(self, record: logging.LogRecord) -> str:
        """Each line with its level."""
        words = super().format(record)
        return "\n".join(f"<{priority(record.levelno)}>{line}" for line in words.splitlines())
