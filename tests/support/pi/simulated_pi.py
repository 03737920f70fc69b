"""A PC with a chip on its SPI, for a process of its own: spidev and gpiod beside this import it.

The simulated chip's clock follows CLOCK_MONOTONIC. RESET_AT_S: the chip is reset so long after the
start of the process. FACE: electrodes on a face are wired to it, instead of counting the ramp.
"""

import os
import time

from boardsim.chip import Chip
from boardsim.face import Face, FaceSettings
from boardsim.spidev_fake import EdgeEvent, FakeDrdyLine, FakeSpi
from support.spi_chip import KEPT, ramp_chip

chip = Chip(source=Face(8, FaceSettings(), 1)) if "FACE" in os.environ else ramp_chip()
_began_ns = time.monotonic_ns() - 1_000_000_000  # it has had its power for a second
_reset_ns = float(os.environ.get("RESET_AT_S", "inf")) * 1e9


def catch_up() -> None:
    """Let the chip do what it would have done by now."""
    global _reset_ns
    now_ns = time.monotonic_ns() - _began_ns
    if now_ns - 1_000_000_000 > _reset_ns:
        _reset_ns = float("inf")
        chip.reset()
    chip.advance_to(now_ns)


def wait_for_chip() -> None:
    """A transfer takes its time."""
    while time.monotonic_ns() - _began_ns < chip.now_ns:
        pass


class Spi(FakeSpi):
    def __init__(self) -> None:
        super().__init__(chip, call_ns=2_000)

    def open_path(self, path: str) -> None:
        assert path == "/dev/spidev0.0"

    def xfer2(self, values, speed_hz=0, delay_usecs=0, bits_per_word=0, /):  # type: ignore[no-untyped-def]  # as spidev's
        catch_up()
        got = super().xfer2(values, speed_hz, delay_usecs, bits_per_word)
        wait_for_chip()
        return got


class Line:
    def __init__(self) -> None:
        self._line = FakeDrdyLine(chip, event_buffer_size=KEPT)

    def wait_edge_events(self, timeout: float) -> bool:
        until_ns = time.monotonic_ns() + round(timeout * 1e9)
        while True:
            catch_up()
            if self._line.wait_edge_events(0):
                return True
            now_ns = time.monotonic_ns()
            if now_ns >= until_ns:
                return False
            due_ns = chip.next_drdy_ns()
            wake_ns = until_ns if due_ns is None else min(until_ns, _began_ns + due_ns)
            time.sleep(max(0.0, min(wake_ns - now_ns, 10_000_000) / 1e9))

    def read_edge_events(self) -> list[EdgeEvent]:
        return [
            EdgeEvent(
                event.event_type,
                event.timestamp_ns + _began_ns,
                event.line_offset,
                event.global_seqno,
                event.line_seqno,
            )
            for event in self._line.read_edge_events()
        ]

    def release(self) -> None:
        self._line.release()
