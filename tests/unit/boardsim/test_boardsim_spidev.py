"""A small driver, typed by hand, on the objects that it would open on a Pi."""

import errno

import numpy as np
import pytest
from boardsim.chip import Chip
from boardsim.inputs import Waveform
from boardsim.spidev_fake import EdgeType, FakeDrdyLine, FakeSpi


def power_up(chip: Chip, spi: FakeSpi) -> None:
    spi.mode = 1
    spi.max_speed_hz = 4_000_000
    chip.sleep(0.200)
    spi.xfer2([0x06])
    chip.sleep(0.001)
    spi.xfer2([0x11])
    spi.xfer2([0x43, 0, 0xE0])
    chip.sleep(0.150)
    spi.xfer2([0x41, 1, 0x94, 0xC0])
    spi.xfer2([0x45, 7, *[0x60] * 8])


def make(**line) -> tuple[Chip, FakeSpi, FakeDrdyLine]:
    chip = Chip(source=Waveform(lambda t: np.outer(np.arange(8), 1e4 * np.sin(20 * t))))
    spi = FakeSpi(chip)
    power_up(chip, spi)
    assert spi.xfer2([0x21, 0, 0])[2] == 0x94
    drdy = FakeDrdyLine(chip, **line)
    spi.writebytes([0x08])
    spi.writebytes([0x10])
    return chip, spi, drdy


def test_every_sample_with_its_edge() -> None:
    chip, spi, drdy = make()
    for k in range(300):
        assert drdy.wait_edge_events(0.1)
        (event,) = drdy.read_edge_events()
        truth = chip.conversions[-1]
        assert (event.event_type, event.line_seqno) == (EdgeType.FALLING_EDGE, k + 1)
        assert event.timestamp_ns == truth.t_ns
        assert bytes(spi.readbytes(27)) == truth.frame
    assert all(c.read for c in chip.conversions)
    assert chip.violations == []


def test_hiccups_lose_samples_that_the_edges_tell_of() -> None:
    chip, spi, drdy = make(hiccup_ms=6.0, hiccup_chance=0.2, seed=3)
    read = suspect = edges = 0
    for _ in range(200):
        drdy.wait_edge_events(0.1)
        events = drdy.read_edge_events()
        edges += len(events)
        frame = bytes(spi.readbytes(27))
        if frame == chip.conversions[edges - 1].frame:
            read += 1
        else:
            suspect += 1  # a conversion came between the events and the end of the transfer
    assert read > 150
    assert sum(c.read for c in chip.conversions) >= read
    assert not all(c.read for c in chip.conversions)
    assert read + suspect == 200


def test_timeouts_and_waiting_for_ever() -> None:
    chip, spi, drdy = make()
    spi.xfer2([0x0A])
    while chip.falls:
        drdy.read_edge_events()
    before = chip.now_ns
    assert not drdy.wait_edge_events(0.25)
    assert chip.now_ns == before + 250_000_000
    with pytest.raises(RuntimeError, match="never fall"):
        drdy.wait_edge_events()


def test_the_event_buffer_drops_the_oldest() -> None:
    chip, _, drdy = make(event_buffer_size=16)
    chip.sleep(0.1)
    events = drdy.read_edge_events()
    assert len(events) == 16
    assert events[-1].line_seqno == len(chip.conversions)
    assert events[-1].timestamp_ns == chip.conversions[-1].t_ns
    assert [e.line_seqno for e in events] == list(
        range(events[0].line_seqno, 1 + len(chip.conversions))
    )


def test_missed_interrupts_leave_no_number() -> None:
    chip, _, drdy = make(miss_every=5, event_buffer_size=100)
    chip.sleep(0.02)
    events = drdy.read_edge_events()
    assert [e.line_seqno for e in events] == list(range(1, len(events) + 1))
    gaps = np.diff([e.timestamp_ns for e in events]) / 1e6
    assert gaps.max() == pytest.approx(2.0, abs=0.01)


def test_wrong_mode_reads_nonsense() -> None:
    chip = Chip()
    spi = FakeSpi(chip)
    power_up(chip, spi)
    spi.mode = 0
    assert spi.xfer2([0x20, 0, 0])[2] != 0x3E
    assert chip.violations[-1].rule in ("spi-mode", "unknown-opcode")


def test_no_gap_at_8_mhz_and_no_hold() -> None:
    chip = Chip(booted=True)
    spi = FakeSpi(chip, hold_ns=0)
    spi.mode, spi.max_speed_hz = 1, 4_000_000
    spi.xfer2([0x11])
    assert spi.xfer2([0x20, 0, 0])[2] == 0  # SDATAC was lost
    spi.xfer2([0x11], 0, 3)
    assert spi.xfer2([0x20, 0, 0])[2] == 0x3E
    assert spi.xfer2([0x20, 0, 0], 8_000_000)[2] == 0
    assert {v.rule for v in chip.violations} == {"cs-early", "register-in-rdatac", "byte-gap"}


def test_a_list_is_overwritten_as_spidev_does() -> None:
    _, spi, drdy = make()
    drdy.wait_edge_events(0.1)
    zeros = [0] * 27
    assert spi.xfer2(zeros) is zeros
    assert zeros[0] & 0xF0 == 0xC0
    assert spi.xfer2(bytes(27)) is not zeros


def test_closed_things_say_so() -> None:
    _, spi, drdy = make()
    spi.close()
    spi.close()
    with pytest.raises(OSError, match="closed") as caught:
        spi.readbytes(1)
    assert caught.value.errno == errno.EBADF
    drdy.release()
    with pytest.raises(ValueError, match="released"):
        drdy.wait_edge_events(1)
    assert not hasattr(spi, "fileno")
