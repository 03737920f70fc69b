"""The status of each sample: which electrodes are off, and the levels of the GPIO pins. p.36

3 bytes a chip, from the most significant bit: 1100, LOFF_STATP and LOFF_STATN of channels 8 to 1,
GPIO pins 4 to 1.
"""

import numpy as np
from numpy.typing import NDArray

from ads1299.frame import STATUS_BYTES
from ads1299.source import BoardInfo
from ads1299.state import chip_states

Bits = NDArray[np.uint8]


class ElectrodeWatch:
    """Which of a board's electrodes are off; None where the chip was not asked to tell."""

    def __init__(self, board: BoardInfo) -> None:
        self._chips = board.chips
        self._asked = [
            (channel.lead_off_p, channel.lead_off_n) if chip.lead_off.detects else (False, False)
            for chip in chip_states(board)
            for channel in chip.channels
        ] or [(False, False)] * board.channels

    def off(self, status: bytes) -> list[tuple[bool | None, bool | None] | None]:
        """For each channel whether its P and its N electrode were off at any sample."""
        octets = _octets(status, self._chips)
        if not len(octets):
            return [None] * len(self._asked)
        seen = np.bitwise_or.reduce(octets, axis=0)
        p = np.unpackbits(seen[:, 0] << 4 | seen[:, 1] >> 4, bitorder="little")
        n = np.unpackbits(seen[:, 1] << 4 | seen[:, 2] >> 4, bitorder="little")
        return [
            (bool(p[i]) if asked_p else None, bool(n[i]) if asked_n else None)
            if asked_p or asked_n
            else None
            for i, (asked_p, asked_n) in enumerate(self._asked)
        ]

    def each(self, status: bytes) -> NDArray[np.bool_] | None:
        """For each sample and channel whether an electrode was off; None where none is checked."""
        if not any(map(any, self._asked)):
            return None
        octets = _octets(status, self._chips)
        p = _bits(octets[..., 0] << np.uint8(4) | octets[..., 1] >> np.uint8(4), len(self._asked))
        n = _bits(octets[..., 1] << np.uint8(4) | octets[..., 2] >> np.uint8(4), len(self._asked))
        asked_p, asked_n = np.array(self._asked, bool).T
        off: NDArray[np.bool_] = (p & asked_p) | (n & asked_n)
        return off


def gpio_levels(status: bytes, chips: int) -> Bits:
    """The first chip's pins at each sample: bit 0 is GPIO1."""
    levels: Bits = _octets(status, chips)[:, 0, 2] & np.uint8(0x0F)
    return levels


def joined_pairs(status: Bits, before: Bits) -> Bits:
    """One status for two samples each; `[samples, chips, 3]`, after the status of the one before.

    An electrode that was off in one of them is off. A pin has its later level, but for a pulse
    that began and ended in between, which is kept: its earlier one.
    """
    earlier, later = status[0::2], status[1::2]
    joined = earlier | later
    previous = np.concatenate((before[None], later))[: len(later)]
    pins = later | (earlier & ~previous)
    joined[:, :, 2] = joined[:, :, 2] & 0xF0 | pins[:, :, 2] & 0x0F
    return joined


def _bits(octets: Bits, channels: int) -> NDArray[np.bool_]:
    """By sample and channel, from an octet for each chip."""
    bits = np.unpackbits(np.ascontiguousarray(octets).reshape(-1), bitorder="little")
    return bits.reshape(len(octets), -1)[:, :channels] > 0


def _octets(status: bytes, chips: int) -> Bits:
    """By sample, chip and place."""
    return np.frombuffer(status, np.uint8).reshape(-1, chips, STATUS_BYTES)
