"""The register port against the simulated chip, which notes each rule of the data sheet broken."""

import os

import pytest
from ads1299.spi_bus import SpiBus, frame_reader
from boardsim.chip import Chip
from boardsim.spidev_fake import FakeSpi

RESET, SDATAC, START, RDATAC = 0x06, 0x11, 0x08, 0x10


def on_chip(speed_hz: int = 4_000_000, ppm: float = 0, **spi) -> tuple[Chip, FakeSpi, SpiBus]:
    chip = Chip(booted=True, ppm=ppm)
    device = FakeSpi(chip, **spi)
    return chip, device, SpiBus(device, speed_hz, chip.sleep)


@pytest.mark.parametrize("ppm", [-25_000, 0, 25_000])
@pytest.mark.parametrize("speed_hz", [100_000, 1_000_000, 4_000_000, 8_000_000, 20_000_000])
def test_no_rule_is_broken_at_any_speed(speed_hz: int, ppm: float) -> None:
    """Even where the PC is as quick as can be: CS falls at once, and rises with the last clock."""
    chip, _, bus = on_chip(speed_hz, ppm, call_ns=0, hold_ns=0)
    chip.sleep(0.2)
    bus.command(RESET)
    bus.command(SDATAC)
    bus.write(0x01, bytes((0x94, 0xD0, 0xE0)))
    bus.write(0x05, bytes(range(0x60, 0x68)))
    registers = bus.read(0x00, 0x18)
    assert registers[:4].hex() == "3e94d0e0"
    assert registers[5:13] == bytes(range(0x60, 0x68))
    assert bus.read(0x17, 1) == b"\0"
    bus.command(START)
    bus.command(RDATAC)
    assert chip.converting
    assert chip.violations == []


def test_frames_go_at_the_full_speed_and_in_mode_1() -> None:
    chip, device, bus = on_chip(8_000_000, call_ns=0, hold_ns=0)
    bus.command(SDATAC)
    bus.command(START)
    bus.command(RDATAC)
    chip.advance_to(chip.next_drdy_ns())
    began_ns = chip.now_ns
    frame = frame_reader(device, 27)()
    assert chip.now_ns - began_ns == 27 * 1000
    assert frame == chip.conversions[-1].frame
    assert chip.conversions[-1].read
    assert (device.mode, device.max_speed_hz) == (1, 8_000_000)


def test_what_was_read_is_never_sent_back_to_the_chip() -> None:
    """spidev overwrites a list with what came in: sent again, a sample would be commands."""
    chip, device, bus = on_chip()
    chip.write(0x02, 0xD0)
    chip.write(0x05, 0x05)
    bus.command(SDATAC)
    bus.command(START)
    bus.command(RDATAC)
    read = frame_reader(device, 27)
    for _ in range(50):
        chip.advance_to(chip.next_drdy_ns())
        assert read() == chip.conversions[-1].frame
    assert chip.violations == []
    assert chip.converting


def test_a_device_with_a_file_is_read_through_it() -> None:
    frames = [bytes((0xC0, *range(1, 27))), bytes((0xC0, *range(101, 127)))]
    reading, writing = os.pipe()

    class Device:
        mode = 0
        max_speed_hz = 0

        def fileno(self) -> int:
            return reading

        def xfer2(self, values, speed_hz=0, delay_usecs=0, /):
            raise AssertionError("it has a file")

        def close(self) -> None:
            os.close(reading)

    device = Device()
    read = frame_reader(device, 27)
    os.write(writing, b"".join(frames))
    os.close(writing)
    assert [read(), read()] == frames
    device.close()
