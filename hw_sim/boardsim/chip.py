"""An ADS1299 with its pins, on a clock that the test moves."""

import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from boardsim import registers as reg
from boardsim.converter import Converter, Counts
from boardsim.inputs import Input, Quiet
from boardsim.registers import Registers
from boardsim.sinc import OVERSAMPLE

POWER_UP_TCLK = 1 << 18  # before the reset pulse (p.70)
TOO_EARLY_TCLK = 1 << 16  # with that, about one boot in fifty failed
DRDY_HIGH_TCLK = 4  # DRDY is high that long before it falls


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule of the data sheet that the driver broke."""

    rule: str
    t_ns: int
    detail: str


@dataclass(slots=True)
class Conversion:
    """One conversion as it happened, for comparison with what the driver got."""

    run: int  # 1 for the first START; writing CONFIG1 begins another
    index: int  # within the run
    t_ns: int  # when DRDY fell
    counts: Counts  # [channels]
    frame: bytes
    read: bool = False  # whether all of this frame, and nothing else, was clocked out


class Chip:
    """Time, power, conversions and DRDY; `SpiPort` adds the serial port.

    Time stands still but for `advance` and for the bytes that are clocked. `ppm` is how far the
    chip's clock is off. A fresh chip has no power-up behind it; `booted` gives one that has.
    """

    def __init__(
        self,
        converter: Converter | None = None,
        source: Input | None = None,
        *,
        ppm: float = 0.0,
        booted: bool = False,
        seed: int = 0,
    ) -> None:
        self.converter = converter or Converter(Registers(), seed=seed)
        self.source = source or Quiet(self.registers.channels)
        self.now_ns = 0
        self.violations: list[Violation] = []
        self.conversions: list[Conversion] = []
        self.falls: deque[int] = deque()  # times of DRDY edges nobody has fetched yet
        self.standby = False
        self.booted = booted
        self.dead = False  # a reset that came too early: the chip hangs
        self._tclk_ns = 1e9 / reg.F_CLK_HZ / (1 + ppm * 1e-6)
        self._random = random.Random(seed)
        self._powered_ns = 0
        self._run = 0
        self._run_ns: int | None = None
        self._index = 0
        self._settling_tclk = self._period_tclk = 0  # of the run, which writing CONFIG1 ends
        self._ready = False  # DRDY is low
        self._watchers: list[Callable[[Conversion], None]] = []
        self._alarm: tuple[int, Callable[[], None]] | None = None
        if not booted:
            self._scramble()

    @property
    def registers(self) -> Registers:
        """The register file."""
        return self.converter.registers

    @property
    def converting(self) -> bool:
        """Whether conversions run."""
        return self._run_ns is not None

    def tclk(self, count: float) -> int:
        """Nanoseconds of so many clocks of the chip."""
        return math.ceil(count * self._tclk_ns)

    def violate(self, rule: str, detail: str) -> None:
        """Write down a broken rule."""
        self.violations.append(Violation(rule, self.now_ns, detail))

    def watch(self, watcher: Callable[[Conversion], None]) -> None:
        """Call the port when there is new data."""
        self._watchers.append(watcher)

    def _scramble(self) -> None:
        """Without a reset, registers hold whatever they woke with."""
        for address in range(1, reg.COUNT):
            self.converter.write(address, self._random.randrange(256), 0.0)

    def power_cycle(self) -> None:
        """Take the supply away and give it back."""
        self.booted = self.dead = self.standby = self._ready = False
        self._run_ns = None
        self._powered_ns = self.now_ns
        self._scramble()

    def reset(self) -> None:
        """A reset, by pin or by opcode: too soon after power-up it can leave the chip dead."""
        age_tclk = (self.now_ns - self._powered_ns) / self._tclk_ns
        self.dead = False
        if not self.booted and age_tclk < POWER_UP_TCLK:
            self.violate("early-reset", f"{age_tclk:.0f} tCLK after power-up, not {POWER_UP_TCLK}")
            self.dead = age_tclk < TOO_EARLY_TCLK or self._random.random() < 1 / 50
        self.booted = not self.dead
        self.standby = self._ready = False
        self._run_ns = None
        self.converter.reset(self.now_ns * 1e-9)

    def start(self) -> None:
        """START: the first DRDY comes when the filter has settled; no effect while running."""
        if self._run_ns is None:
            self._begin()

    def stop(self) -> None:
        """STOP: no more conversions."""
        self._run_ns = None

    def sleep_until_woken(self) -> None:
        """STANDBY."""
        self.standby = True

    def wake(self) -> None:
        """WAKEUP: where conversions ran, they settle again."""
        if self.standby:
            self.standby = False
            if self._run_ns is not None:
                self._begin()

    def write(self, address: int, value: int) -> None:
        """Write a register; CONFIG1 restarts the digital filter."""
        self.converter.write(address, value, self.now_ns * 1e-9)
        if address == reg.CONFIG1 and self._run_ns is not None:
            self._begin()

    def _begin(self) -> None:
        self._run += 1
        self._run_ns, self._index = self.now_ns, 0
        self._settling_tclk = self.registers.settling_tclk
        self._period_tclk = self.registers.period_tclk
        self._ready = False
        step_s = self._period_tclk * self._tclk_ns * 1e-9 / OVERSAMPLE
        self.source.begin(step_s)
        self.converter.begin(self.source.read(3 * OVERSAMPLE), self.now_ns * 1e-9)

    def next_drdy_ns(self) -> int | None:
        """When DRDY falls next; None while nothing is converted."""
        if self._run_ns is None or self.standby:
            return None
        return self._run_ns + self.tclk(self._settling_tclk + self._index * self._period_tclk)

    @property
    def drdy(self) -> bool:
        """The level of the DRDY pin: low (False) when there are data nobody has touched."""
        due_ns = self.next_drdy_ns()
        about_to_fall = due_ns is not None and self.now_ns >= due_ns - self.tclk(DRDY_HIGH_TCLK)
        return not self._ready or about_to_fall

    def touch(self) -> None:
        """The first clock of a transfer: DRDY rises."""
        self._ready = False

    def advance(self, ns: int) -> None:
        """Let time pass."""
        self.advance_to(self.now_ns + ns)

    def advance_to(self, t_ns: int) -> None:
        """Let time pass until then, with all that happens on the way."""
        while True:
            drdy_ns = self.next_drdy_ns()
            if self._alarm and self._alarm[0] <= min(t_ns, drdy_ns or t_ns):
                self.now_ns = max(self.now_ns, self._alarm[0])
                self.hurry()
            elif drdy_ns is not None and drdy_ns <= t_ns:
                self.now_ns = drdy_ns
                self._convert()
            else:
                break
        self.now_ns = max(self.now_ns, t_ns)

    def later(self, tclk: int, act: Callable[[], None]) -> None:
        """Let the serial port's command act after so many clocks."""
        self._alarm = (self.now_ns + self.tclk(tclk), act)

    @property
    def busy(self) -> bool:
        """Whether a command has yet to act."""
        return self._alarm is not None

    def hurry(self) -> None:
        """Let it act at once."""
        if self._alarm:
            (_, act), self._alarm = self._alarm, None
            act()

    def forget(self) -> None:
        """The command is lost."""
        self._alarm = None

    def sleep(self, seconds: float) -> None:
        """`time.sleep` on this clock, for drivers that take one."""
        self.advance(round(seconds * 1e9))

    def monotonic_ns(self) -> int:
        """`time.monotonic_ns` on this clock, likewise."""
        return self.now_ns

    def _convert(self) -> None:
        counts = self.converter.convert(self.source.read(OVERSAMPLE))
        frame = self.converter.frames(counts)[0].tobytes()
        done = Conversion(self._run, self._index, self.now_ns, counts[0], frame)
        self._index += 1
        self._ready = True
        self.conversions.append(done)
        self.falls.append(self.now_ns)
        if self.registers[reg.CONFIG4] & 0x08:  # single shot
            self._run_ns = None
        for watcher in self._watchers:
            watcher(done)
