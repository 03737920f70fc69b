"""spidev for a daemon of its own: a simulated MAX7219 that writes down what can be seen.

LOOKS: a file for all looks. HANGS: while this file is there, no transfer returns.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from boardsim.max7219 import FakeDisplaySpi, Max7219


class SpiDev(FakeDisplaySpi):
    def __init__(self) -> None:
        self._chip7219 = Max7219()
        super().__init__(self._chip7219)

    def open_path(self, path: str) -> None:
        assert path == "/dev/spidev0.1"
        super().open_path(path)

    def xfer2(self, values: Sequence[int], speed_hz: int = 0, /) -> list[int]:
        while Path(os.environ["HANGS"]).exists():
            time.sleep(0.01)
        got = super().xfer2(values, speed_hz)
        with Path(os.environ["LOOKS"]).open("a") as looks:
            print(self._chip7219.lit, *self._chip7219.violations, file=looks)
        return got
