"""The SPI source against the simulated chip, on the chip's clock; the chip knows the truth."""

import logging
from itertools import pairwise

import pytest
from ads1299.block import Gap
from ads1299.source import ChipError
from boardsim.chip import Chip
from boardsim.converter import Converter
from boardsim.registers import Registers
from support.spi_chip import OnSpi, assert_true, ramp_chip, run


def never() -> None:
    pass


def rules(chip) -> set[str]:
    return {violation.rule for violation in chip.violations}


@pytest.mark.parametrize("rate_hz", [250, 500, 1000, 2000, 4000, 8000])
@pytest.mark.parametrize("ppm", [-25_000, 0, 25_000])
def test_every_sample_of_every_rate(rate_hz: int, ppm: float) -> None:
    chip = ramp_chip(ppm=ppm)
    source = OnSpi(chip, 8_000_000).source(rate_hz=rate_hz)
    board = source.start(never)
    blocks = run(source, chip, 800 / rate_hz)
    assert board.rate_hz == rate_hz
    assert assert_true(blocks, chip) == 0
    assert {block.samples for block in blocks} == {20}
    assert blocks[0].first == 0
    assert blocks[-1].end > 750
    assert rules(chip) == set()


def test_the_board_is_described_by_its_registers() -> None:
    chip = ramp_chip()
    source = OnSpi(chip).source(gains=(1, 2, 4, 6, 8, 12, 24, 24), inactive={7}, packet_samples=5)
    board = source.start(never)
    assert (board.rate_hz, board.packet_samples, board.has_tube) == (1000, 5, False)
    assert board.gains == (1, 2, 4, 6, 8, 12, 24, 24)
    assert board.active == (True,) * 7 + (False,)
    assert board.uv_per_count[0] == pytest.approx(0.536442, rel=1e-6)
    assert board.uv_per_count[6] == pytest.approx(0.0223517, rel=1e-5)
    assert board.registers[0x00] == 0x3E
    assert board.registers[0x01] == 0x94
    assert board is source.board
    assert {block.samples for block in run(source, chip, 0.1)} == {5}


@pytest.mark.parametrize("channels", [4, 6])
def test_the_smaller_chips(channels: int) -> None:
    chip = ramp_chip(channels)
    source = OnSpi(chip).source()
    assert source.start(never).channels == channels
    blocks = run(source, chip, 0.3)
    assert blocks[0].counts.shape == (20, channels)
    assert assert_true(blocks, chip) == 0


def test_power_up_takes_the_time_that_the_data_sheet_asks_for() -> None:
    chip = ramp_chip(ppm=-25_000)
    OnSpi(chip).source().start(never)
    assert rules(chip) == set()
    # 2^18 tCLK, 150 ms for the reference
    assert 0.128 + 0.150 < chip.now_ns * 1e-9 < 0.4


def test_registers_are_taken_as_they_are_where_that_is_asked_for() -> None:
    chip = ramp_chip(booted=True)
    chip.write(0x01, 0x95)
    chip.write(0x05, 0x10)
    source = OnSpi(chip).source(configure=False)
    board = source.start(never)
    assert (board.rate_hz, board.gains[:2]) == (500, (2, 24))
    assert assert_true(run(source, chip, 0.5), chip) == 0
    chip.write(0x05, 0x70)
    with pytest.raises(ChipError, match=r"CH1SET on \(0x05\) are 70 61 .*board.configure = true"):
        OnSpi(chip).source(configure=False).start(never)


def test_a_chip_of_another_kind_is_refused_at_first_contact() -> None:
    chip = ramp_chip()
    chip.registers.stuck[0x00] = 0x92
    with pytest.raises(ChipError, match="0x92"):
        OnSpi(chip).source().start(never)


def test_a_clock_too_slow_for_the_rate_is_refused() -> None:
    with pytest.raises(
        ChipError, match=r"every 125\.0 us.* takes 216\.0 us at speed=1000000: raise"
    ):
        OnSpi(ramp_chip(), 1_000_000).source(rate_hz=8000).start(never)


def test_hold_ups_at_the_start_leave_the_first_samples_out_of_the_first_block() -> None:
    chip = ramp_chip()
    opener = OnSpi(chip, line={"hiccup_ms": 20, "seed": 5})
    source = opener.source()
    source.start(never)
    blocks = run(source, chip, 1.0)
    assert blocks[0].gap is not None
    assert (blocks[0].gap.first, blocks[0].gap.reason) == (0, "overrun")
    assert_true(blocks, chip)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("chance", [0.003, 0.05, 1.0])
def test_hold_ups_are_gaps_at_their_index(seed: int, chance: float) -> None:
    chip = ramp_chip(ppm=4000 * (seed - 3))
    line = {"hiccup_ms": 20, "hiccup_chance": chance, "seed": seed}
    source = OnSpi(chip, line=line).source()
    source.start(never)
    blocks = run(source, chip, 2.0)
    missing = assert_true(blocks, chip)
    assert missing > 0
    assert {block.gap.reason for block in blocks if block.gap} == {"overrun"}
    read = sum(conversion.read for conversion in chip.conversions)
    held_up = len(chip.conversions) - read
    assert missing <= 1.15 * held_up + 20  # what is given up beside those that were not read
    assert source.counters.reconnects == source.counters.bad_frames == 0


@pytest.mark.parametrize("every", [3, 4, 7, 50])
def test_edges_that_the_controller_missed(every: int) -> None:
    chip = ramp_chip(ppm=-20_000)
    source = OnSpi(chip, line={"miss_every": every}).source()
    source.start(never)
    blocks = run(source, chip, 2.0)
    missing = assert_true(blocks, chip)
    assert missing == pytest.approx(len(chip.conversions) / every, abs=20)
    assert source.counters.reconnects == 0


@pytest.mark.parametrize("seed", range(4))
def test_missed_edges_and_hold_ups_together(seed: int) -> None:
    chip = ramp_chip(ppm=9000 * (seed - 2))
    line = {"miss_every": 5 + seed, "hiccup_ms": 20, "hiccup_chance": 0.02, "seed": seed}
    source = OnSpi(chip, line=line).source()
    source.start(never)
    blocks = run(source, chip, 3.0)
    assert assert_true(blocks, chip) < len(chip.conversions) / 2


def test_more_edges_than_the_kernel_keeps() -> None:
    chip = ramp_chip()
    source = OnSpi(chip).source()
    source.start(never)
    blocks = run(source, chip, 1.0)
    chip.sleep(3.0)  # the process was stopped
    blocks += run(source, chip, 1.0)
    missing = assert_true(blocks, chip)
    assert missing == pytest.approx(3000, abs=2)
    assert [block.gap.reason for block in blocks if block.gap] == ["overrun"]
    assert source.counters.reconnects == 0


def test_frames_with_a_wrong_status_are_counted_and_missing() -> None:
    chip = ramp_chip()
    chip.converter.broken = {0, 115, 116, 117, 300}
    source = OnSpi(chip).source()
    source.start(never)
    blocks = run(source, chip, 1.0)
    assert assert_true(blocks, chip) == source.counters.bad_frames == 5
    gaps = [block.gap for block in blocks if block.gap]
    assert gaps == [Gap(0, 1, "lost"), Gap(115, 3, "lost"), Gap(300, 1, "lost")]


def resets(chip) -> None:
    """ESD: all registers back, RDATAC, no conversions."""
    chip.reset()


def loses_power(chip) -> None:
    chip.power_cycle()


@pytest.mark.parametrize("fault", [resets, loses_power])
def test_a_chip_that_stopped_is_brought_up_again(fault, caplog) -> None:
    caplog.set_level(logging.WARNING)
    chip = ramp_chip(ppm=10_000)
    source = OnSpi(chip).source()
    source.start(never)
    blocks = run(source, chip, 40.0)
    end_ns = chip.now_ns
    fault(chip)
    while chip.conversions[-1].t_ns < end_ns:
        blocks += run(source, chip, 0.01)
    assert chip.now_ns - end_ns < 1.2e9
    blocks += run(source, chip, 1.0)
    missing = assert_true(blocks, chip)
    (gap,) = [block.gap for block in blocks if block.gap]
    assert gap.reason == "reconnect"
    times = [c.t_ns for c in chip.conversions]
    after = next(n for n, c in enumerate(chip.conversions) if c.run > 1)
    assert missing == round((times[after] - times[after - 1]) * 1010 / 1e9) - 1
    assert source.counters.reconnects == 1
    assert "DRDY fell 0 times" in caplog.text


def test_a_chip_reset_to_another_rate_gives_no_wrong_sample() -> None:
    """With its START pin high, a chip that was reset goes on at 250 Hz with other settings."""
    chip = ramp_chip()
    source = OnSpi(chip).source()
    source.start(never)
    blocks = run(source, chip, 1.0)
    chip.reset()
    chip.start()
    reset_ns = chip.now_ns
    blocks += run(source, chip, 2.0)
    assert_true(blocks, chip)
    after = [block for block in blocks if block.taken_ns > reset_ns]
    runs = {c.t_ns: c.run for c in chip.conversions}
    assert {runs[block.taken_ns] for block in after} == {3}
    assert after[0].gap is not None
    assert after[0].gap.reason == "reconnect"


def test_it_is_tried_again_with_growing_pauses_while_nothing_is_there(caplog) -> None:
    caplog.set_level(logging.WARNING)
    chip = ramp_chip()
    opener = OnSpi(chip)

    def idle() -> None:
        opener.unplugged = 1e9 < chip.now_ns < 150e9

    source = opener.source()
    source.start(idle)
    blocks = run(source, chip, 0.5)
    chip.stop()
    while not source.counters.reconnects:
        assert source.read(0.6) is None
    blocks += run(source, chip, 1.0)
    tried_s = [ns / 1e9 for ns in opener.opened_ns[1:]]
    pauses = [round(b - a, 2) for a, b in pairwise(tried_s)]
    assert pauses[:7] == [0.2, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0]
    assert pauses[-1] == 5.0
    said = [record for record in caplog.records if "nothing there" in record.message]
    assert 2 <= len(said) <= 4  # once a minute
    assert_true(blocks, chip)


def test_a_chip_without_power_is_waited_for(caplog) -> None:
    caplog.set_level(logging.WARNING)
    chip = ramp_chip()
    chip.registers.stuck[0x00] = 0x00

    def power_at_10_s() -> None:
        if chip.now_ns > 10e9:
            chip.registers.stuck.clear()

    source = OnSpi(chip).source()
    source.start(power_at_10_s)
    assert assert_true(run(source, chip, 0.5), chip) == 0
    assert "does not answer: register ID (0x00) reads 0x00" in caplog.text
    assert len(caplog.records) == 1


def test_wiring_that_gives_no_frame_is_told(caplog) -> None:
    caplog.set_level(logging.WARNING)
    chip = ramp_chip()
    source = OnSpi(chip).source()
    chip.converter.broken = range(100, 10**6)
    source.start(never)
    blocks = run(source, chip, 1.0)
    assert [block.end for block in blocks[:5]] == [20, 40, 60, 80, 100]
    assert blocks[5].gap.reason == "reconnect"
    assert "frames did not begin with the bits 1100" in caplog.text
    assert "MISO" in caplog.text


def test_leaving_while_it_waits_gives_the_devices_back() -> None:
    class Leave(Exception):
        pass

    chip = ramp_chip()
    opener = OnSpi(chip)
    left = []
    ports = opener.open()
    opener.open = lambda: ports

    def leave() -> None:
        left.append(chip.now_ns)
        if len(left) == 3:
            raise Leave

    with pytest.raises(Leave):
        opener.source().start(leave)
    assert max(b - a for a, b in pairwise(left)) <= 60_000_000
    with pytest.raises(OSError, match="closed"):
        ports.spi.xfer2([0])
    with pytest.raises(ValueError, match="released"):
        ports.drdy.wait_edge_events(0)


def test_stop_leaves_the_chip_quiet_and_close_may_come_twice() -> None:
    chip = ramp_chip()
    source = OnSpi(chip).source()
    source.start(never)
    run(source, chip, 0.1)
    source.stop()
    assert not chip.converting
    source.close()
    source.close()
    assert not source.streaming
    shown: list[int | None] = []
    source.show(7, shown.append)
    assert shown == [None]


def test_the_real_converter_and_its_status_bits() -> None:
    """Noise of open inputs, and GPIO bits beside the nibble."""
    chip = Chip(Converter(Registers(), lines=lambda t: (t > 0.1).astype("u1") * 0b1010))
    source = OnSpi(chip).source()
    source.start(never)
    blocks = run(source, chip, 0.3)
    assert assert_true(blocks, chip) == 0
    assert blocks[0].status[:3].hex() == "c00000"
    assert blocks[-1].status[-3:].hex() == "c0000a"
