"""The log: one line an event, to the terminal or to the journal."""

import logging
import os
import sys
from logging.handlers import MemoryHandler

_HELD_RECORDS = 10_000


def log_to_terminal(level: str, held: bool = False) -> None:
    """Log to standard error; held back until the end while a live view has the terminal."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    in_journal = "JOURNAL_STREAM" in os.environ  # it has the time itself
    form = "%(levelname)s %(message)s" if in_journal else "%(asctime)s %(levelname)s %(message)s"
    handler.setFormatter(logging.Formatter(form))
    if held:
        handler = MemoryHandler(_HELD_RECORDS, logging.CRITICAL + 1, handler)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
