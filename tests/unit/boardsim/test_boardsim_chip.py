"""The chip through its pins: opcodes and waits by hand, from the data sheet."""

import numpy as np
import pytest
from boardsim.chip import Chip
from boardsim.converter import Converter
from boardsim.inputs import Waveform, pulses
from boardsim.registers import Registers
from boardsim.spiport import SpiPort

SDATAC, RDATAC, RDATA, START, STOP, STANDBY, WAKEUP, RESET = (
    *(b"\x11", b"\x10", b"\x12", b"\x08"),
    *(b"\x0a", b"\x04", b"\x02", b"\x06"),
)
US = 1000
MS = 1_000_000


class Bench:
    """A chip on the table: CS falls and rises around each transfer, with time to spare."""

    def __init__(self, *, booted: bool = True, **settings) -> None:
        self.chip = Chip(booted=booted, **settings)
        self.port = SpiPort(self.chip)

    def spi(self, data: bytes, read: int = 0, hz: float = 4e6, hold: int = 5 * US) -> bytes:
        self.chip.advance(5 * US)
        self.port.select()
        out = self.port.clock(data + bytes(read), hz)
        self.chip.advance(hold)
        self.port.deselect()
        return out[len(data) :]

    def read(self, address: int, count: int) -> bytes:
        return self.spi(bytes([0x20 | address, count - 1]), count)

    def write(self, address: int, *values: int) -> None:
        self.spi(bytes([0x40 | address, len(values) - 1, *values]))

    def configure(self, config1: int = 0x94, chset: int = 0x60, config2: int = 0xC0) -> None:
        self.spi(SDATAC)
        self.write(0x03, 0xE0)
        self.chip.advance(300 * MS)
        self.write(0x01, config1, config2)
        self.write(0x05, *[chset] * 8)

    def run(self, samples: int) -> np.ndarray:
        """START, and counts as read in RDATAC, one read soon after each DRDY."""
        self.spi(START)
        self.spi(RDATAC)
        rows = []
        for _ in range(samples):
            self.chip.advance_to(self.chip.next_drdy_ns())
            rows.append(decode(self.spi(b"", 27))[1])
        self.spi(STOP)
        self.spi(SDATAC)
        return np.array(rows)

    @property
    def rules(self) -> list[str]:
        return [violation.rule for violation in self.chip.violations]


def decode(frame: bytes) -> tuple[int, list[int]]:
    words = [frame[k : k + 3] for k in range(0, len(frame), 3)]
    return int.from_bytes(words[0]), [int.from_bytes(w, "big", signed=True) for w in words[1:]]


RESETS = bytes.fromhex("3e96c060006161616161616161000000000000000f000000")


def test_reset_values() -> None:
    bench = Bench()
    bench.spi(SDATAC)
    assert len(RESETS) == 24
    assert bench.read(0, 24) == RESETS
    assert bench.rules == []


@pytest.mark.parametrize(("channels", "chip_id"), [(4, 0x3C), (6, 0x3D), (8, 0x3E)])
def test_id_tells_the_channels(channels: int, chip_id: int) -> None:
    bench = Bench(converter=Converter(Registers(channels)))
    bench.spi(SDATAC)
    assert bench.read(0, 1)[0] == chip_id
    assert bench.read(5, 8) == bytes([0x61] * channels + [0] * (8 - channels))


def test_wakes_in_rdatac_and_ignores_registers_there() -> None:
    bench = Bench()
    assert bench.read(0, 1) == b"\0"
    bench.write(1, 0x94)
    assert bench.rules == ["register-in-rdatac"] * 2
    bench.spi(SDATAC)
    assert bench.read(0, 2) == b"\x3e\x96"
    bench.spi(RDATAC)
    bench.write(1, 0x94)
    bench.spi(SDATAC)
    assert bench.read(1, 1) == b"\x96"


def test_auto_increment_read_only_and_reserved_bits() -> None:
    bench = Bench()
    bench.spi(SDATAC)
    bench.write(0x00, *[0xFF] * 24)
    got = bench.read(0, 24)
    assert got[0] == 0x3E
    assert got[1:5] == bytes([0xF7, 0xD7, 0xFE, 0xEF])
    assert got[5:0x12] == b"\xff" * 13
    assert got[0x12:0x14] == b"\0\0"
    assert got[0x15:] == bytes([0x20, 0x00, 0x0A])
    bench.write(0x00, *[0x00] * 24)
    assert bench.read(1, 4) == bytes([0x90, 0xC0, 0x60, 0x00])
    bench.write(0x17, 0x02, 0x55)  # past the last register
    assert bench.read(0x17, 2) == b"\x02\x00"


def test_reset_opcode() -> None:
    bench = Bench()
    bench.configure()
    bench.spi(RESET)
    bench.chip.advance(18 * 489)
    assert bench.read(0, 1) == b"\0"  # RDATAC again
    bench.spi(SDATAC)
    assert bench.read(0, 24) == RESETS


def test_18_clocks_after_reset() -> None:
    bench = Bench()
    bench.spi(SDATAC)
    bench.chip.advance(5 * US)
    bench.port.select()
    bench.port.clock(RESET, 4e6)
    bench.chip.advance(8 * US)  # 18 tCLK are 8.8 us
    bench.port.clock(SDATAC, 4e6)
    bench.chip.advance(5 * US)
    bench.port.deselect()
    assert bench.rules == ["too-soon"]
    assert bench.read(0, 1) == b"\0"  # SDATAC was lost


@pytest.mark.parametrize(
    ("config1", "settling_us"),
    # 4 periods and 9 clocks: 4.004 ms at 1 kSPS, 2.004 ms at 2 kSPS
    [(0x94, 8201 / 2.048), (0x93, 4105 / 2.048), (0x96, 32777 / 2.048), (0x90, 521 / 2.048)],
)
def test_settling_and_period(config1: int, settling_us: float) -> None:
    bench = Bench()
    bench.configure(config1)
    bench.chip.advance(5 * US)
    bench.port.select()
    bench.port.clock(START, 4e6)
    started = bench.chip.now_ns
    bench.chip.advance(1000 * MS)
    times = [c.t_ns for c in bench.chip.conversions]
    assert abs(times[0] - started - settling_us * US) < 2 * US + 5
    period = 1e9 / (16000 >> (config1 & 7))
    assert np.abs(np.diff(times) - period).max() <= 1
    assert abs(times[100] - times[0] - 100 * period) <= 1


def test_clock_error() -> None:
    bench = Bench(ppm=5000)
    bench.configure()
    bench.spi(START)
    bench.chip.advance(2000 * MS)
    times = [c.t_ns for c in bench.chip.conversions]
    assert abs((times[1000] - times[0]) - 1e9 / 1.005) <= 2


def test_drdy_falls_at_each_conversion_and_rises_on_the_first_clock() -> None:
    bench = Bench()
    chip = bench.chip
    bench.configure()
    assert chip.drdy
    bench.spi(START)
    bench.spi(RDATAC)
    chip.advance_to(chip.next_drdy_ns())
    assert not chip.drdy
    chip.advance_to(chip.next_drdy_ns() - 5 * 489)
    assert not chip.drdy
    chip.advance(2 * 489)
    assert chip.drdy  # 4 tCLK before the next fall, though nobody read
    chip.advance_to(chip.next_drdy_ns())
    assert not chip.drdy
    bench.port.select()
    assert not chip.drdy
    bench.port.clock(b"\0", 4e6)
    assert chip.drdy


def test_a_late_read_loses_a_sample_without_a_trace() -> None:
    bench = Bench(source=Waveform(lambda t: np.tile(1000 * t, (8, 1))))
    bench.configure()
    bench.spi(START)
    bench.spi(RDATAC)
    chip = bench.chip
    got = []
    for sample in range(6):
        chip.advance_to(chip.next_drdy_ns())
        if sample == 3:
            chip.advance_to(chip.next_drdy_ns() + 10 * US)  # too late by 10 us
        got.append(bench.spi(b"", 27))
    truth = [c.frame for c in chip.conversions]
    assert got == [truth[k] for k in (0, 1, 2, 4, 5, 6)]
    assert [c.read for c in chip.conversions] == [True, True, True, False, True, True, True]
    assert bench.rules == []


def test_a_read_across_drdy_is_a_mix_of_two_samples() -> None:
    bench = Bench()
    bench.configure(chset=0x60)
    bench.spi(START)
    bench.spi(RDATAC)
    chip = bench.chip
    chip.advance_to(chip.next_drdy_ns())
    chip.advance_to(chip.next_drdy_ns() - 25 * US)  # 27 bytes take 54 us at 4 MHz
    bench.port.select()
    got = bench.port.clock(bytes(27), 4e6)
    first, second = (c.frame for c in chip.conversions[:2])
    assert got[:12] == first[:12]
    assert got[14:] == second[14:]
    assert got not in (first, second)
    assert not any(c.read for c in chip.conversions)
    assert bench.rules == ["read-across-drdy"]


def test_rdata_reads_one_sample_on_command() -> None:
    bench = Bench()
    bench.configure()
    bench.spi(START)
    chip = bench.chip
    chip.advance_to(chip.next_drdy_ns())
    assert bench.spi(b"", 27) == bytes(27)  # not in RDATAC: nothing comes by itself
    assert bench.spi(RDATA, 27) == chip.conversions[-1].frame


def test_stop_standby_and_wakeup() -> None:
    bench = Bench()
    chip = bench.chip
    bench.configure()
    bench.spi(START)
    chip.advance(9500 * US)
    made = len(chip.conversions)
    assert made == 6  # the first after 4 ms
    bench.spi(STOP)
    chip.advance(50 * MS)
    assert len(chip.conversions) == made
    bench.spi(START)
    bench.spi(STANDBY)
    assert bench.read(0, 1) == b"\0"
    assert bench.rules == ["standby"]
    chip.advance(50 * MS)
    assert len(chip.conversions) == made
    bench.spi(WAKEUP)
    assert bench.read(0, 1) == b"\x3e"
    chip.advance(10 * MS)
    assert len(chip.conversions) > made


def test_writing_config1_restarts_the_filter() -> None:
    bench = Bench()
    chip = bench.chip
    bench.configure()
    bench.spi(START)
    chip.advance(9500 * US)
    made = len(chip.conversions)
    bench.write(1, 0x94)
    wrote = chip.now_ns
    chip.advance(3900 * US)
    assert len(chip.conversions) == made
    chip.advance(1 * MS)
    assert chip.conversions[-1].index == 0
    assert abs(chip.conversions[-1].t_ns - wrote - 4004 * US) < 5 * US
    bench.write(5, 0x60)  # other registers do not
    assert chip.next_drdy_ns() - chip.now_ns < 1 * MS


def test_cs_that_rises_too_early_loses_the_command() -> None:
    bench = Bench()
    bench.spi(SDATAC)
    bench.spi(bytes([0x41, 0x00, 0x94]), hold=1900)  # 4 tCLK are 1953 ns
    assert bench.read(1, 1) == b"\x96"
    assert bench.rules == ["cs-early"]
    bench.spi(bytes([0x41, 0x00, 0x94]), hold=1960)
    assert bench.read(1, 1) == b"\x94"
    bench.spi(START, hold=500)
    assert not bench.chip.converting
    assert bench.rules == ["cs-early"] * 2


def test_no_gap_above_4_mhz_breaks_registers() -> None:
    bench = Bench()
    bench.spi(SDATAC)
    assert bench.spi(bytes([0x20, 0x00]), 1, hz=8e6) == b"\0"
    assert bench.rules == ["byte-gap"]
    bench.spi(bytes([0x41, 0x00, 0x94]), hz=8e6)
    assert bench.read(1, 1) == b"\x96"
    assert bench.read(0, 1) == b"\x3e"  # at 4 MHz, no gap is needed
    assert bench.rules == ["byte-gap"] * 2
    bench.chip.advance(5 * US)
    bench.port.select()
    assert bench.port.clock(bytes([0x20, 0x00, 0x00]), 8e6, gap_ns=1000) == b"\0\0\x3e"
    bench.chip.advance(5 * US)
    bench.port.deselect()
    assert bench.rules == ["byte-gap"] * 2


def test_data_may_be_read_fast() -> None:
    bench = Bench()
    bench.configure()
    bench.spi(START)
    bench.spi(RDATAC)
    bench.chip.advance_to(bench.chip.next_drdy_ns())
    assert bench.spi(b"", 27, hz=16e6) == bench.chip.conversions[0].frame
    assert bench.rules == []
    assert bench.spi(b"", 27, hz=25e6) == b"\xff" * 27
    assert set(bench.rules) == {"sclk"}


def test_4_clocks_after_sdatac() -> None:
    bench = Bench()
    got = bench.spi(SDATAC + bytes([0x20, 0x00]), 1)  # in one transfer
    assert got == b"\0"
    assert bench.rules == ["too-soon"]
    assert bench.read(0, 1) == b"\x3e"


def test_cs_high_for_too_short() -> None:
    bench = Bench()
    bench.spi(SDATAC)
    bench.chip.advance(5 * US)
    bench.port.select()
    bench.port.clock(bytes([0x20, 0x01]), 4e6)
    bench.chip.advance(5 * US)
    bench.port.deselect()
    bench.chip.advance(900)  # 2 tCLK are 977 ns
    bench.port.select()
    assert bench.port.clock(bytes(2), 4e6) == b"\x3e\x96"  # the chip never saw it rise
    assert bench.rules == ["cs-high-short"]


def test_clocks_without_cs() -> None:
    bench = Bench()
    assert bench.port.clock(b"\x11", 4e6) == b"\0"
    assert bench.rules == ["not-selected"]


def test_power_up_without_a_reset() -> None:
    bench = Bench(booted=False)
    bench.chip.advance(200 * MS)
    bench.spi(SDATAC)
    assert bench.read(1, 23) != RESETS[1:]
    assert set(bench.rules) == {"no-reset"}
    bench.port.reset_pulse()
    bench.chip.advance(20 * US)
    bench.spi(SDATAC)
    assert bench.read(0, 24) == RESETS


def test_reset_too_soon_after_power_up() -> None:
    bench = Bench(booted=False)
    bench.chip.advance(20 * MS)  # 2^16 tCLK are 32 ms
    bench.port.reset_pulse()
    bench.chip.advance(20 * US)
    bench.spi(SDATAC)
    assert bench.read(0, 1) == b"\0"
    assert bench.rules == ["early-reset"]
    bench.chip.advance(110 * MS)
    bench.port.reset_pulse()
    bench.chip.advance(20 * US)
    bench.spi(SDATAC)
    assert bench.read(0, 1) == b"\x3e"
    assert bench.rules == ["early-reset"]


def test_reset_after_2_to_the_16_clocks_fails_about_one_boot_in_fifty() -> None:
    dead = 0
    for seed in range(1000):
        chip = Chip(seed=seed)
        chip.advance(40 * MS)
        chip.reset()
        dead += chip.dead
    assert 8 <= dead <= 36  # 20 +- 3.6 standard deviations


def test_single_shot() -> None:
    bench = Bench()
    bench.configure()
    bench.write(0x17, 0x08)
    bench.spi(START)
    bench.chip.advance(100 * MS)
    assert len(bench.chip.conversions) == 1


@pytest.mark.parametrize(
    ("code", "counts"),
    list(enumerate([3495, 6991, 13981, 20972, 27962, 41943, 83886])),
)
def test_test_signal_for_each_gain(code: int, counts: int) -> None:
    bench = Bench()
    bench.configure(config1=0x96, chset=code << 4 | 5, config2=0xD0)
    got = bench.run(1000)[:, 0]  # nearly four seconds of 0.977 Hz
    settled = np.abs(got)[np.abs(np.gradient(got.astype(float))) < 100]
    assert abs(np.median(settled) - counts) <= 1
    assert 0.45 < np.mean(got > 0) < 0.55
    edges = np.flatnonzero(np.diff(np.sign(got)))
    assert len(edges) == 7
    assert np.abs(np.diff(edges) - 128).max() <= 1  # 0.512 s at 250 SPS


@pytest.mark.parametrize(
    ("config2", "counts", "edges"), [(0xD5, 167772, 7), (0xD3, -83886, 0), (0xC1, 0, 0)]
)
def test_test_signal_settings(config2: int, counts: int, edges: int) -> None:
    bench = Bench()
    bench.configure(config1=0x96, chset=0x65, config2=config2)
    got = bench.run(500)[:, 7]
    if edges:
        assert np.sum(np.abs(np.diff(got)) > counts / 4) >= edges - 1
        assert abs(np.median(np.abs(got)) - counts) <= 3
    else:
        assert abs(np.median(got) - counts) <= 3


@pytest.mark.parametrize(
    ("code", "uv"), [(0, 2.17), (1, 1.14), (2, 0.62), (3, 0.46), (4, 0.39), (5, 0.32), (6, 0.28)]
)
def test_shorted_noise(code: int, uv: float) -> None:
    bench = Bench(source=Waveform(lambda t: np.full((8, len(t)), 5000.0)))
    bench.configure(chset=code << 4 | 1)
    got = bench.run(400) * (4.5e6 / (1, 2, 4, 6, 8, 12, 24)[code] / 2**23)
    assert abs(got.std() / uv - 1) < 0.06
    assert abs(got.mean()) < 0.1


def test_temperature_and_supply() -> None:
    bench = Bench(converter=Converter(Registers(), temperature_c=31.0))
    bench.configure(chset=0x04)
    uv = bench.run(50) * 0.536442
    assert abs((uv.mean() - 145300) / 490 + 25 - 31.0) < 0.01
    bench.write(0x05, *[0x03] * 8)
    uv = bench.run(20).mean(axis=0) * 0.536442
    assert uv[[0, 1, 4, 7]] == pytest.approx(2.5e6, abs=2)
    assert uv[[2, 3]] == pytest.approx(0.825e6, abs=2)


def test_off_clipping_and_the_reference() -> None:
    levels = np.array([1e6, -1e6, 20_000, 0, 0, 0, 0, 0])
    bench = Bench(source=Waveform(lambda t: np.tile(levels[:, None], len(t))))
    bench.configure()
    bench.write(0x08, 0xE0)
    got = bench.run(5)
    assert (got[:, 0] == 0x7FFFFF).all()
    assert (got[:, 1] == -0x800000).all()
    assert abs(got[:, 2] - 20_000 / 0.0223517).max() < 60
    assert (got[:, 3] == 0).all()
    assert (np.abs(got[:, 4]) < 100).all()
    bench.write(0x03, 0x60)  # no reference: nothing to compare with
    assert np.isin(bench.run(5)[:, 2], [0x7FFFFF]).all()
    bench.write(0x03, 0xE0)
    early = bench.run(5)[:, 2]
    assert (np.diff(early) <= 0).all()  # it settles for 150 ms
    assert early[4] > 20_000 / 0.0223517 * 1.5
    bench.chip.advance(150 * MS)
    assert abs(bench.run(5)[:, 2] - 20_000 / 0.0223517).max() < 60


def test_a_step_is_settled_on_the_fourth_conversion() -> None:
    at_s = 0.0205  # half a period after a conversion
    bench = Bench(source=Waveform(lambda t: np.tile(1000.0 * (t >= at_s), (8, 1))))
    bench.configure(chset=0x00)
    got = bench.run(30)[:, 0] * 0.536442
    first = int(np.flatnonzero(got > 20)[0])
    assert got[first] < 100
    assert 100 < got[first + 1] < 900
    assert 900 < got[first + 2] < 995
    assert abs(got[first + 3] - 1000) < 10
    assert first == 16 or first == 17  # 4 ms settling and one sample a millisecond


@pytest.mark.parametrize(
    ("hz", "db"), [(100, -0.4), (200, -1.7), (262, -3.0), (300, -4.0), (400, -7.3), (450, -9.3)]
)
def test_sinc3_response_at_1_ksps(hz: float, db: float) -> None:
    bench = Bench(source=Waveform(lambda t: np.tile(1e4 * np.sin(2 * np.pi * hz * t), (8, 1))))
    bench.configure()
    got = bench.run(500)[:, 0] * 0.0223517
    assert 20 * np.log10(got.std() * 2**0.5 / 1e4) == pytest.approx(db, abs=0.15)


@pytest.mark.parametrize(("hz", "db"), [(550, -14.6), (600, -17.8)])
def test_images_leak_through(hz: float, db: float) -> None:
    bench = Bench(source=Waveform(lambda t: np.tile(1e4 * np.sin(2 * np.pi * hz * t), (8, 1))))
    bench.configure()
    got = bench.run(500)[:, 0] * 0.0223517
    assert 20 * np.log10(got.std() * 2**0.5 / 1e4) == pytest.approx(db, abs=0.5)


def test_gpio_bits_in_every_frame() -> None:
    bench = Bench(converter=Converter(Registers(), lines=pulses(3, 0.010, 0.004)))
    bench.configure()
    bench.write(0x14, 0x1E)  # pin 1 is an output and high, the others are inputs
    bench.run(40)
    statuses = [decode(c.frame)[0] for c in bench.chip.conversions]
    assert statuses == [0xC00005 if k % 10 < 4 else 0xC00001 for k in range(40)]
    assert bench.read(0x14, 1) == b"\x1e"


def test_what_was_read_is_what_was_converted() -> None:
    bench = Bench(source=Waveform(lambda t: np.outer(np.arange(1, 9) * 100, np.sin(60 * t))))
    bench.configure()
    got = bench.run(200)
    truth = np.array([c.counts for c in bench.chip.conversions])
    assert np.array_equal(got, truth)
    assert all(c.read for c in bench.chip.conversions)
    assert bench.rules == []
