"""From the first word to ready, on a board typed by hand: order, refusals, odd firmware."""

import logging

import pytest
from ads1299.bringup import bring_up
from ads1299.plan import BoardPlan
from ads1299.source import BoardInfo, ChipError, LineError
from mcubridge.link import RequestFailed
from support import hand_board as hand
from support import spec_wire as wire
from support.hand_board import HandBoard
from support.links import linked


def ready(board: HandBoard, plan: BoardPlan) -> BoardInfo:
    with board, linked(board) as link:
        return bring_up(link, plan, lambda _: None)


def refused(board: HandBoard, plan: BoardPlan | None = None) -> str:
    """Bring a board up that must be refused; gives the sentence. It is never started."""
    with board, linked(board) as link:
        with pytest.raises(ChipError) as refusal:
            bring_up(link, plan or BoardPlan(), lambda _: None)
        assert not board.of(hand.START)
        assert f"tcp://127.0.0.1:{board.port}" in str(refusal.value)
        return str(refusal.value)


def test_the_order_of_the_requests() -> None:
    board = HandBoard()
    ready(board, BoardPlan(packet_samples=10))
    kinds = [asked.kind for asked in board.asked]
    assert kinds[:3] == [hand.IDENTIFY, hand.STOP, hand.RREG]
    writes = [i for i, kind in enumerate(kinds) if kind == hand.WREG]
    reads = [i for i, kind in enumerate(kinds) if kind == hand.RREG]
    assert reads[0] < writes[0]
    assert writes[-1] < reads[-1]
    after = kinds[reads[-1] + 1 :]
    assert after[:2] == [hand.PACKET, hand.IDENTIFY]
    assert set(after[2:]) == {hand.PING}
    assert board.of(hand.PACKET)[0].payload == bytes((10,))
    assert board.of(hand.RREG)[-1].payload == b"\x00\x18"
    assert board.of(hand.WREG)[0].payload == b"\x03\xe0"


def test_what_is_known_of_the_board_then() -> None:
    board = HandBoard(board="Lab 3", firmware="fw 2.1", vref_uv=4_500_000)
    info = ready(board, BoardPlan(2000, (1, 2, 4, 6, 8, 12, 24, 24), frozenset({7}), 25))
    assert (info.board, info.firmware, info.rate_hz) == ("Lab 3", "fw 2.1", 2000)
    assert info.gains == (1, 2, 4, 6, 8, 12, 24, 24)
    assert info.active == (True,) * 7 + (False,)
    assert info.uv_per_count[0] == pytest.approx(0.536442, rel=4e-6)
    assert info.uv_per_count[6] == pytest.approx(0.0223517, rel=4e-6)
    assert (info.packet_samples, info.has_tube) == (25, True)
    assert (info.channels, info.chips) == (8, 1)
    assert info.registers[0x01] == 0x93
    assert info.registers[0x0C] == 0xE1
    assert sorted(info.registers) == list(range(0x18))


def test_another_reference_makes_other_units() -> None:
    info = ready(HandBoard(vref_uv=2_500_000), BoardPlan())
    assert list(info.uv_per_count) == pytest.approx([2.5e6 / 24 / 2**23] * 8, rel=1e-12)


@pytest.mark.parametrize(("chip_id", "channels"), [(0x3C, 4), (0x3D, 6), (0x3E, 8)])
def test_members_of_the_family(chip_id: int, channels: int) -> None:
    info = ready(HandBoard(chip_ids=(chip_id,)), BoardPlan(gains=(12,)))
    assert info.channels == channels
    assert info.gains == (12,) * channels


def test_the_second_chip_is_asked_for_at_address_plus_0x20() -> None:
    board = HandBoard(chip_ids=(0x3E, 0x3E))
    gains = (1,) * 8 + (2, 4, 6, 8, 12, 24, 1, 2)
    info = ready(board, BoardPlan(500, gains, frozenset({15})))
    assert (info.channels, info.chips, info.gains) == (16, 2, gains)
    assert info.active == (True,) * 15 + (False,)
    assert board.chips[0][0x05:0x0D] == bytes(8)
    assert board.chips[1][0x05:0x0D] == bytes.fromhex("10 20 30 40 50 60 00 91")
    assert [chip[0x01] for chip in board.chips] == [0x95, 0x95]
    addresses = [asked.payload[0] for asked in board.of(hand.WREG)]
    assert min(address for address in addresses if address >= 0x18) == 0x21
    assert info.registers[0x2C] == 0x91
    assert len(info.registers) == 2 * 0x18


def test_a_board_that_is_no_ads1299_is_refused() -> None:
    board = HandBoard(chip_ids=(0x92,))
    said = refused(board)
    assert "register ID (0x00) is 0x92, expected 0x3E" in said
    assert "Usual cause" in said
    assert not board.of(hand.WREG)


def test_a_wrong_second_chip_is_refused_by_its_number() -> None:
    board = HandBoard(chip_ids=(0x3E, 0xFF), channels=16, gains=(24,) * 16)
    said = refused(board)
    assert "chip 2 of 2: register ID (0x00) is 0xFF" in said
    assert "check its power" in said


@pytest.mark.parametrize(("chip_id", "channels"), [(0x3C, 8), (0x3E, 6), (0x3E, 4), (0x3D, 16)])
def test_a_chip_of_another_size_than_hello_says(chip_id: int, channels: int) -> None:
    has = {0x3C: 4, 0x3D: 6, 0x3E: 8}[chip_id]
    board = HandBoard(chip_ids=(chip_id,) * -(-channels // 8), gains=(24,) * channels)
    said = refused(board)
    assert f"register ID (0x00) is 0x{chip_id:02X}, a chip of {has} channels" in said
    assert "HELLO" in said
    assert not board.of(hand.WREG)


@pytest.mark.parametrize("channels", [0, 65, 100, 255])
def test_a_number_of_channels_that_the_link_cannot_carry(channels: int) -> None:
    said = refused(HandBoard(gains=(24,) * channels))
    assert f"HELLO says {channels} channels" in said
    assert "Usual cause" in said


def test_a_reference_of_nothing_is_refused() -> None:
    assert "a reference of 0 uV" in refused(HandBoard(vref_uv=0))


def test_gains_for_another_number_of_channels_are_refused_by_their_key() -> None:
    said = refused(HandBoard(), BoardPlan(gains=(24, 12, 6, 4)))
    assert "board.gain has 4 values, but the board has 8 channels" in said


def test_a_register_that_does_not_read_back_is_refused() -> None:
    board = HandBoard(chip_ids=(0x3E, 0x3E))

    def stuck(tag: int, payload: bytes) -> list[bytes]:
        answer = board.answer(hand.WREG, tag, payload)
        board.chips[1][0x0A] = 0x68
        return answer

    board.behave[hand.WREG] = stuck
    said = refused(board)
    assert "chip 2 of 2: what was written does not read back" in said
    assert "register CH6SET (0x0A) is 0x68, expected 0x60. Usual cause: " in said


def test_a_short_answer_to_rreg_is_the_lines_fault() -> None:
    board = HandBoard()
    board.behave[hand.RREG] = lambda tag, payload: [wire.reply(tag, 0, b"\x3e")]
    words = pytest.raises(LineError, match="RREG at register 0x00 gave 1 bytes, 24 were asked")
    with board, linked(board) as link, words:
        bring_up(link, BoardPlan(), lambda _: None)


def test_a_chip_that_its_microcontroller_does_not_reach_is_told_in_words() -> None:
    board = HandBoard()
    board.behave[hand.RREG] = lambda tag, payload: [wire.reply(tag, 4)]
    words = pytest.raises(RequestFailed, match=r"RREG at register 0x00 .*chip does not answer")
    with board, linked(board) as link, words:
        bring_up(link, BoardPlan(), lambda _: None)


# -- a board taken as it is


def test_registers_as_they_are_decide_rate_gain_and_units() -> None:
    board = HandBoard()
    board.chips[0][0x01] = 0xD5
    board.chips[0][0x05:0x0D] = bytes.fromhex("00 10 20 30 40 50 E8 05")
    info = ready(board, BoardPlan(1000, (24,), packet_samples=7, configure=False))
    assert not board.of(hand.WREG, hand.PACKET, hand.RESET)
    assert info.rate_hz == 500
    assert info.gains == (1, 2, 4, 6, 8, 12, 24, 1)
    assert info.active == (True,) * 6 + (False, True)
    assert info.packet_samples == 20
    assert info.uv_per_count[5] == pytest.approx(0.0447035, rel=4e-6)


@pytest.mark.parametrize(
    ("address", "value", "words"),
    [(0x01, 0x97, r"CONFIG1 \(0x01\) is 0x97"), (0x07, 0x70, "CH3SET is 0x70")],
)
def test_registers_as_they_are_must_mean_something(address: int, value: int, words: str) -> None:
    board = HandBoard()
    board.chips[0][address] = value
    with board, linked(board) as link, pytest.raises(ChipError, match=words) as refusal:
        bring_up(link, BoardPlan(configure=False), lambda _: None)
    assert "board.configure = true" in str(refusal.value)


def test_two_chips_at_two_rates_are_refused() -> None:
    board = HandBoard(chip_ids=(0x3E, 0x3E))
    board.chips[1][0x01] = 0x94
    with board, linked(board) as link, pytest.raises(ChipError, match="0x96, 0x94: no rate"):
        bring_up(link, BoardPlan(configure=False), lambda _: None)


# -- odd firmware


def test_a_hello_that_differs_from_the_registers_is_told_of_and_not_believed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    info = ready(HandBoard(rate_hz=250, gains=(6,) * 8), BoardPlan(1000, (24,)))
    assert (info.rate_hz, info.gains) == (1000, (24,) * 8)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 1
    assert "HELLO says 250 Hz" in told[0]
    assert "the registers 1000 Hz" in told[0]


@pytest.mark.parametrize("status", [1, 2, 3])
def test_a_board_that_keeps_its_packet_size_is_taken_with_it(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    board = HandBoard(packet_samples=5)
    board.behave[hand.PACKET] = lambda tag, _: [wire.reply(tag, status)]
    info = ready(board, BoardPlan(packet_samples=20))
    assert info.packet_samples == 5
    assert "going on with 5 samples a packet instead of 20" in caplog.text


def test_a_packet_size_that_is_right_is_not_asked_for() -> None:
    board = HandBoard(packet_samples=20)
    ready(board, BoardPlan(packet_samples=20))
    assert not board.of(hand.PACKET)


@pytest.mark.parametrize("greets", [True, False])
@pytest.mark.parametrize("hello_tag", [None, 0])
def test_hello_with_or_without_tag_and_greeting(hello_tag: int | None, greets: bool) -> None:
    board = HandBoard(hello_tag=hello_tag, greets=greets)
    assert ready(board, BoardPlan(250)).rate_hz == 250
    assert len(board.of(hand.IDENTIFY)) == 2


def test_a_board_that_streams_for_an_earlier_host_is_stopped_first() -> None:
    board = HandBoard()
    with board, linked(board) as link:
        board.streaming = True
        for counter in range(50):
            board.say(wire.data(counter, counter * 20_000, 20, wire.ramp_packet(0, 20, 8)))
        info = bring_up(link, BoardPlan(), lambda _: None)
        assert info.rate_hz == 1000
        link.start()
        assert not link.data  # what it sent before is no sample of ours
    assert board.starts == 1


def test_a_board_that_refuses_stop_while_it_rests_is_taken_all_the_same() -> None:
    board = HandBoard()
    board.behave[hand.STOP] = lambda tag, _: [wire.reply(tag, 3)]
    assert ready(board, BoardPlan()).rate_hz == 1000
