"""The ADS1299's serial port: opcodes, shifting data out, and the timing rules (p.12, 38-43)."""

from collections.abc import Callable

from boardsim.chip import Chip, Conversion

WAKEUP, STANDBY, RESET, START, STOP = 0x02, 0x04, 0x06, 0x08, 0x0A
RDATAC, SDATAC, RDATA, RREG, WREG = 0x10, 0x11, 0x12, 0x20, 0x40

DECODE_TCLK = 4  # to understand a byte of a command, and to let the last one act before CS rises
BUSY_TCLK = {SDATAC: 4, RDATAC: 4, WAKEUP: 4, RESET: 18}  # before the next command
CS_HIGH_TCLK = 2
FASTEST_HZ = 20_000_000  # at 3.3 V (p.12)


class SpiPort:
    """CS, SCLK, DIN and DOUT of a chip, byte by byte.

    A byte that breaks a rule has the consequence that it has on the chip (it is lost, or the
    command is), and the rule goes into `chip.violations`.
    """

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.continuous = True  # it wakes in RDATAC
        self._selected = False
        self._deselected_ns = self._clocked_ns = -(10**9)
        self._busy_until_ns, self._busy_with = -1, ""
        self._command: list[int] = []  # RREG or WREG so far
        self._deaf = False  # until CS rises: the rest of a broken command
        self._newest: Conversion | None = None
        self._actions: dict[int, Callable[[], None]] = {
            WAKEUP: chip.wake,
            STANDBY: chip.sleep_until_woken,
            RESET: self.reset_pulse,
            START: chip.start,
            STOP: chip.stop,
            RDATAC: lambda: self._set_continuous(True),
            SDATAC: lambda: self._set_continuous(False),
            RDATA: self._show_data,
        }
        self._show_data()
        chip.watch(self._take)

    def _show(self, data: bytes, conversion: Conversion | None = None) -> None:
        """Load the shift register."""
        self._out, self._at, self._shown = data, 0, conversion

    def _show_data(self) -> None:
        silence = bytes(3 * (1 + self.chip.registers.channels))
        self._show(self._newest.frame if self._newest else silence, self._newest)

    def _take(self, conversion: Conversion) -> None:
        """New data; in RDATAC they go into the shift register even where the old are half out."""
        self._newest = conversion
        if not self.continuous:
            return
        if self._selected and 0 < self._at < len(self._out):
            self.chip.violate("read-across-drdy", f"after {self._at} bytes of a frame")
            self._out, self._shown = conversion.frame, None
        else:
            self._show_data()

    def select(self) -> None:
        """CS goes low."""
        chip = self.chip
        if self._selected:
            return
        self._selected = True
        if chip.now_ns - self._deselected_ns < chip.tclk(CS_HIGH_TCLK):
            chip.violate("cs-high-short", "CS was high for less than 2 tCLK and not seen as high")
            return
        self._command, self._deaf = [], False
        if self.continuous:
            self._show_data()
        else:
            self._show(b"")

    def deselect(self) -> None:
        """CS goes high: a command that was not yet understood is lost."""
        chip = self.chip
        if self._selected and chip.now_ns - self._clocked_ns < chip.tclk(DECODE_TCLK):
            chip.violate("cs-early", "CS rose less than 4 tCLK after the last clock")
            chip.forget()
        self._selected = False
        self._deselected_ns = chip.now_ns

    def clock(self, data: bytes, sclk_hz: float, gap_ns: int = 0) -> bytes:
        """Clock bytes in and out, with a pause between them."""
        if not gap_ns and self._undisturbed(data, sclk_hz):
            return self._shift_all(len(data), sclk_hz)
        out = bytearray()
        for place, octet in enumerate(data):
            if place and gap_ns:
                self.chip.advance(gap_ns)
            out.append(self._shift(octet, sclk_hz))
        return bytes(out)

    def _undisturbed(self, data: bytes, sclk_hz: float) -> bool:
        """Whether this only reads, and nothing happens in the chip meanwhile."""
        chip = self.chip
        due_ns = chip.next_drdy_ns()
        return (
            self._selected
            and not (chip.dead or chip.busy or self._command or any(data))
            and sclk_hz <= FASTEST_HZ
            and (due_ns is None or chip.now_ns + len(data) * round(8e9 / sclk_hz) < due_ns)
        )

    def _shift_all(self, count: int, sclk_hz: float) -> bytes:
        """What `_shift` does for each of many zeros."""
        self.chip.touch()
        shown = self._out[self._at : self._at + count]
        self._at += len(shown)
        self.chip.advance(count * round(8e9 / sclk_hz))
        if self._shown and self._at == len(self._out):
            self._shown.read = True
        self._clocked_ns = self.chip.now_ns
        return shown.ljust(count, b"\0")

    def _shift(self, octet: int, sclk_hz: float) -> int:
        chip, byte_ns = self.chip, round(8e9 / sclk_hz)
        if not self._selected:
            chip.violate("not-selected", "clocks while CS is high")
            chip.advance(byte_ns)
            return 0
        chip.hurry()  # CS stayed low: the command before this byte was understood
        chip.touch()
        begun_ns = chip.now_ns
        inside = self._at < len(self._out)
        shown = self._out[self._at] if inside else 0
        self._at += inside
        chip.advance(byte_ns)
        if self._shown and self._at == len(self._out):
            self._shown.read = True
        if sclk_hz > FASTEST_HZ:
            chip.violate("sclk", f"{sclk_hz / 1e6:g} MHz: 20 MHz is the most")
            octet, shown = 0x00, 0xFF
        if not chip.dead:
            self._hear(octet, begun_ns)
        self._clocked_ns = chip.now_ns
        return 0 if chip.dead else shown

    def _hear(self, octet: int, begun_ns: int) -> None:
        """Understand a byte, unless it came too soon."""
        chip = self.chip
        if self._deaf:
            return
        if self._command and chip.now_ns - self._clocked_ns < chip.tclk(DECODE_TCLK):
            chip.violate("byte-gap", "bytes of RREG or WREG came less than 4 tCLK apart")
            self._deaf, self._command = True, []
            self._show(b"")
        elif octet and begun_ns < self._busy_until_ns:
            chip.violate("too-soon", f"0x{octet:02X} while the chip is busy with {self._busy_with}")
        elif self._command:
            self._go_on(octet)
        elif octet:
            self._obey(octet)

    def _obey(self, opcode: int) -> None:
        chip = self.chip
        if not chip.booted and opcode != RESET:
            chip.violate("no-reset", f"0x{opcode:02X} before the reset that must follow power-up")
        if chip.standby and opcode != WAKEUP:
            chip.violate("standby", f"0x{opcode:02X} in standby, where only WAKEUP counts")
        elif opcode & 0xE0 in (RREG, WREG):
            self._open_command(opcode)
        elif opcode in self._actions:
            chip.later(DECODE_TCLK, self._actions[opcode])
            if opcode in BUSY_TCLK:
                self._busy_until_ns = chip.now_ns + chip.tclk(BUSY_TCLK[opcode])
                self._busy_with = f"0x{opcode:02X}"
        else:
            chip.violate("unknown-opcode", f"0x{opcode:02X}")

    def _open_command(self, opcode: int) -> None:
        if self.continuous:
            self.chip.violate("register-in-rdatac", f"0x{opcode:02X} before SDATAC is ignored")
            self._deaf = True
        else:
            self._command = [opcode]

    def _go_on(self, octet: int) -> None:
        """The next byte of RREG or WREG: first how many registers, then one after the other."""
        self._command.append(octet)
        opcode, count, *registers = self._command
        address, count = opcode & 0x1F, (count & 0x1F) + 1
        if not registers:
            if opcode & 0xE0 == RREG:
                self._show(self.chip.registers.read(address, count))
            return
        if opcode & 0xE0 == WREG:
            place = address + len(registers) - 1
            self.chip.later(DECODE_TCLK, lambda: self.chip.write(place, octet))
        if len(registers) == count:
            self._command = []

    def reset_pulse(self) -> None:
        """RESET, by pin or by opcode: registers at reset, RDATAC."""
        self.chip.reset()
        self.continuous, self._command, self._newest = True, [], None
        self._show_data()

    def _set_continuous(self, on: bool) -> None:
        self.continuous = on
        if on:
            self._show_data()
        else:
            self._show(b"")
