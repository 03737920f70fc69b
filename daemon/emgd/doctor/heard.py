"""What the drivers say while the doctor works: the reason of a fault, and not for the screen."""

import logging
from typing import Self

_LOGGERS = ("ads1299", "mcubridge", "emgd")


class Heard(logging.Handler):
    """Keeps the last warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.last = record.getMessage()

    def __enter__(self) -> Self:
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self)
        return self

    def __exit__(self, *_error: object) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self)
