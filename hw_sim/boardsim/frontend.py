"""The chips of a board and what hangs on them, as the firmware sees them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from boardsim import registers as reg
from boardsim.converter import Converter, Counts
from boardsim.inputs import Input
from boardsim.ramp import ramp
from boardsim.registers import Registers
from boardsim.sinc import OVERSAMPLE

SECOND_CHIP = 0x20  # added to the addresses of the second chip's registers
PER_CHIP = 8


class FrontEnd:
    """One chip, or two of which the second one's channels follow the first one's."""

    def __init__(self, chips: Sequence[Converter], source: Input | None) -> None:
        self._chips = chips
        self.source = source  # None: the ramp

    @property
    def registers(self) -> Registers:
        """Those of the first chip, which sets the pace."""
        return self._chips[0].registers

    @property
    def gains(self) -> list[int]:
        """Gains of all channels."""
        return [gain for chip in self._chips for gain in chip.registers.gains]

    def dump(self) -> list[str]:
        """All registers of each chip in hex."""
        return [chip.registers.read(0, reg.COUNT).hex() for chip in self._chips]

    def _find(self, address: int, count: int) -> tuple[Converter, int] | None:
        number, local = divmod(address, SECOND_CHIP)
        if number < len(self._chips) and 0 < count <= reg.COUNT - local:
            return self._chips[number], local
        return None

    def has(self, address: int, count: int) -> bool:
        """Whether there are such registers, all on one chip."""
        return self._find(address, count) is not None

    def read(self, address: int, count: int) -> bytes:
        """Give registers; KeyError where there are none."""
        if not (found := self._find(address, count)):
            raise KeyError(address)
        chip, local = found
        return chip.registers.read(local, count)

    def write(self, address: int, values: bytes, now_s: float) -> None:
        """Write registers; KeyError where there are none."""
        if not (found := self._find(address, len(values))):
            raise KeyError(address)
        chip, local = found
        for place, value in enumerate(values, local):
            chip.write(place, value, now_s)

    def reset(self, now_s: float) -> None:
        """Reset all chips."""
        for chip in self._chips:
            chip.reset(now_s)

    def begin(self, now_s: float, tclk_s: float) -> None:
        """Start the conversions; `tclk_s` is the true length of a chip clock."""
        channels = sum(chip.registers.channels for chip in self._chips)
        moments = np.zeros((channels, 3 * OVERSAMPLE), np.float32)
        if self.source:
            self.source.begin(self.registers.period_tclk * tclk_s / OVERSAMPLE)
            moments = self.source.read(3 * OVERSAMPLE)
        for number, chip in enumerate(self._chips):
            chip.begin(moments[PER_CHIP * number :][: chip.registers.channels], now_s)

    def convert(self, first: int, n: int) -> list[Counts]:
        """Give the counts of the next `n` conversions, by chip; `first` counts from START."""
        moments = self.source.read(n * OVERSAMPLE) if self.source else None
        counts = []
        for number, chip in enumerate(self._chips):
            channels, offset = chip.registers.channels, PER_CHIP * number
            if moments is None:
                counts.append(ramp(first, n, channels, offset))
            else:
                counts.append(chip.convert(moments[offset:][:channels]))
        return counts

    def frames(self, first: int, n: int) -> NDArray[np.uint8]:
        """The same as the chips clock them out."""
        counts = self.convert(first, n)
        parts = [chip.frames(each) for chip, each in zip(self._chips, counts, strict=True)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
