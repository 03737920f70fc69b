import itertools
import socket
import struct
import time

import pytest
from boardsim.board import BoardSettings

IDENTIFY, START, STOP, RREG, WREG, TUBE, PING, RESET, PACKET = range(0x81, 0x8A)
HELLO = "<BBBBBBHHI"


def test_hello_as_soon_as_the_line_opens(board, dial) -> None:
    settings = BoardSettings(board="bench 3", firmware="v9", packet_samples=7, vref_uv=4_400_000)
    hello = dial(board(board=settings)).next_message()
    assert struct.unpack_from(HELLO, hello) == (1, 0, 1, 0x3E, 8, 7, 250, 1, 4_400_000)
    assert hello[14:22] == bytes([24] * 8)
    assert hello[22:38] == b"bench 3".ljust(16, b"\0")
    assert hello[38:54] == b"v9".ljust(16, b"\0")
    assert len(hello) == 62
    assert struct.unpack("<Q", hello[54:])[0] < 5_000_000


def test_identify_carries_the_tag_and_what_the_registers_say(ready) -> None:
    _, host = ready()
    assert host.ask(WREG, bytes([5, 0x00, 0x50])) == (0, b"")
    host.send(IDENTIFY, 99)
    hello = host.next_message()
    assert hello[:2] == bytes([1, 99])
    assert struct.unpack_from("<H", hello, 6) == (1000,)
    assert list(hello[14:22]) == [1, 12, 24, 24, 24, 24, 24, 24]


def test_registers_reset_write_and_read_back(board, dial) -> None:
    host = dial(board())
    host.next_message()
    reset = bytes.fromhex("3e96c06000 6161616161616161 0000000000 0000 0f000000".replace(" ", ""))
    assert host.ask(RREG, bytes([0, 24])) == (0, reset)
    assert host.ask(WREG, bytes([0, 0xFF, 0x94])) == (0, b"")  # ID does not take it
    assert host.ask(RREG, bytes([0, 2])) == (0, b"\x3e\x94")
    assert host.ask(WREG, bytes([0x12, 0xFF, 0xFF])) == (0, b"")
    assert host.ask(RREG, bytes([0x12, 2])) == (0, b"\0\0")
    assert host.ask(RESET) == (0, b"")
    assert host.next_message()[:2] == b"\1\0"
    assert host.ask(RREG, bytes([0, 24])) == (0, reset)


def test_statuses(ready) -> None:
    _, host = ready(ramp=True)
    bad, unknown, not_now = (2, b""), (1, b""), (3, b"")
    assert host.ask(0x8A) == unknown
    assert host.ask(0x01) == unknown
    for kind, payload in (
        (IDENTIFY, b"x"),
        (START, b"x"),
        (STOP, b"x"),
        (RREG, b""),
        (RREG, b"\0"),
        (RREG, bytes([0, 0])),
        (RREG, bytes([0, 25])),
        (RREG, bytes([0x18, 1])),
        (RREG, bytes([0x20, 1])),  # no second chip
        (WREG, b""),
        (WREG, b"\1"),
        (WREG, bytes([0x17, 0, 0])),
        (TUBE, b"123"),
        (PING, b"1234567"),
        (RESET, b"x"),
        (PACKET, b""),
        (PACKET, bytes([0])),
        (PACKET, bytes([33])),
    ):
        assert host.ask(kind, payload) == bad, (hex(kind), payload)
    host.start()
    assert host.ask(RREG, bytes([0, 1])) == not_now
    assert host.ask(WREG, bytes([1, 0x96])) == not_now
    assert host.ask(PACKET, bytes([10])) == not_now
    assert host.ask(STOP) == (0, b"")
    assert host.ask(STOP) == (0, b"")
    assert host.ask(RREG, bytes([1, 1])) == (0, b"\x94")


def test_ping_and_tube_carry_the_board_clock(board, dial) -> None:
    sim = board(speed=1.0)
    host = dial(sim)
    host.next_message()
    status, first = host.ask(PING, struct.pack("<Q", 0x1122334455667788))
    assert status == 0
    assert first[:8] == bytes.fromhex("8877665544332211")
    status, lit = host.ask(TUBE, struct.pack("<I", 4711))
    assert status == 0
    times = [struct.unpack("<Q", part)[0] for part in (first[8:], lit)]
    assert 0 < times[1] - times[0] < 1_000_000
    assert sim.tube_numbers == [4711]


def test_tag_0_is_obeyed_without_a_reply(board, dial) -> None:
    sim = board()
    host = dial(sim)
    host.next_message()
    host.send(TUBE, 0, struct.pack("<I", 5))
    host.send(WREG, 0, bytes([1, 0x94]))
    host.send(0x99, 0)
    host.send(RESET, 0)
    assert host.next_message()[:2] == b"\1\0"  # the HELLO that follows a reset comes all the same
    assert host.ask(RREG, bytes([1, 1])) == (0, b"\x96")
    assert sim.tube_numbers == [5]
    assert [line["request"] for line in sim.requests] == ["TUBE", "WREG", "0x99", "RESET", "RREG"]


def test_without_a_tube(board, dial) -> None:
    host = dial(board(board=BoardSettings(has_tube=False)))
    assert struct.unpack_from(HELLO, host.next_message())[7] == 0
    assert host.ask(TUBE, bytes(4)) == (1, b"")


def test_zeros_and_broken_frames_are_passed_over(board, dial) -> None:
    sim = board()
    host = dial(sim)
    host.next_message()
    host.sock.sendall(b"\0\0rubbish\0" + bytes(3) + b"\xff" * 9000 + b"\0")
    assert host.ask(RREG, bytes([0, 1])) == (0, b"\x3e")
    host.sock.close()
    sim.stop()
    assert sim._log.lines[-1]["bad_frames"] == 2


def test_data_counts_times_and_ramp(ready) -> None:
    _, host = ready(ramp=True, speed=0, packet=32)
    host.start()
    data = host.take(40)
    assert [d.counter for d in data[:40]] == list(range(40))
    assert {d.n for d in data} == {32}
    for packet in data[:40]:
        for i, row in enumerate(packet.counts()):
            s = packet.counter * 32 + i
            assert row == [(s + c * 1_000_003) % 2**24 - 2**23 for c in range(8)]
        assert {packet.samples[k] >> 4 for k in range(0, len(packet.samples), 27)} == {0xC}
    steps = {b.t_us - a.t_us for a, b in itertools.pairwise(data)}
    assert steps == {32_000}


def test_start_starts_again_from_zero(ready) -> None:
    _, host = ready(ramp=True, speed=0, board=BoardSettings(samples=90))
    for _ in range(2):
        host.data.clear()
        host.start()
        data = host.take(5)
        assert [(d.counter, d.n) for d in data] == [(0, 20), (1, 20), (2, 20), (3, 20), (4, 10)]
        assert data[0].counts()[0][0] == -(2**23)
    assert host.ask(PING, bytes(8))[0] == 0  # the line stays up
    assert len(host.data) == 5


def test_settling_and_pace_on_the_board_clock(ready) -> None:
    _, host = ready(ramp=True, packet=10)
    _, before = host.ask(PING, bytes(8))
    host.start()
    first = host.take(1)[0]
    start_us = struct.unpack("<Q", before[8:])[0]
    assert first.t_us - start_us >= 4004  # 8201 tCLK
    data = host.take(60)
    assert {b.t_us - a.t_us for a, b in itertools.pairwise(data)} == {10_000}
    # Early is impossible, however busy this machine is.
    for packet in data[1:]:
        assert packet.at - first.at > (packet.t_us - first.t_us) * 1e-6 - 0.1


def test_16_channels_are_two_chips(board, dial) -> None:
    host = dial(board(channels=16, ramp=True, speed=0))
    hello = host.next_message()
    assert hello[4] == 16
    assert len(hello) == 70
    assert host.ask(RREG, bytes([0x20, 24]))[1][:2] == b"\x3e\x96"
    assert host.ask(RREG, bytes([0x17, 2])) == (2, b"")  # not over the end of the first
    assert host.ask(RREG, bytes([0x37, 2])) == (2, b"")
    assert host.ask(WREG, bytes([0x25, 0x80])) == (
        0,
        b"",
    )  # channel 8: off
    assert host.ask(RREG, bytes([0x05, 1])) == (0, b"\x61")
    host.start()
    packet = host.take(1)[0]
    assert len(packet.samples) == 20 * 54
    for s in range(20):
        sample = packet.samples[54 * s :][:54]
        assert sample[0] == sample[27] == 0xC0
        words = sample[3:27] + sample[30:]
        counts = [int.from_bytes(words[k : k + 3], "big", signed=True) for k in range(0, 48, 3)]
        wanted = [(s + c * 1_000_003) % 2**24 - 2**23 for c in range(16)]
        assert counts == [*wanted[:8], 0, *wanted[9:]]


def test_small_chips_say_who_they_are(board, dial) -> None:
    for channels, chip_id in ((4, 0x3C), (6, 0x3D)):
        host = dial(board(channels=channels, ramp=True, speed=0))
        hello = host.next_message()
        assert (hello[3], hello[4], hello[14:-40]) == (chip_id, channels, bytes([24] * channels))
        host.start()
        assert len(host.take(1)[0].samples) == 20 * (3 + 3 * channels)


def test_a_second_connection_is_refused_and_the_first_goes_on(board, dial) -> None:
    sim = board()
    host = dial(sim)
    host.next_message()
    with socket.create_connection(sim.address, timeout=10) as second:
        assert second.recv(100) == b""
    assert host.ask(PING, bytes(8))[0] == 0


def test_listens_again_and_stays_configured(ready, dial) -> None:
    sim, host = ready(ramp=True, speed=0)
    host.start()
    host.take(3)
    host.sock.close()
    again = dial(sim)
    hello = again.next_message()
    assert struct.unpack_from("<H", hello, 6) == (1000,)
    assert again.ask(RREG, bytes([1, 1])) == (0, b"\x94")  # and does not stream any more
    again.start()
    assert again.take(1)[0].counter == 0


def test_dials_and_redials(board) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        board(dial=server.getsockname()[:2])
        for _ in range(2):
            sock, _ = server.accept()
            with sock:
                sock.settimeout(10)
                assert sock.recv(2)[1] in (1, 2)


def test_dials_until_somebody_listens(board) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()[:2]
    sim = board(dial=address)
    time.sleep(0.05)  # it is refused at least once; not needed for the test to hold
    with socket.create_server(address) as server:
        server.settimeout(10)
        sock, _ = server.accept()
        sock.close()
    assert sim.address == address


def test_free_run_keeps_up(ready) -> None:
    """400 000 samples a second are asked for; a machine that is busy gets some slack."""
    _, host = ready(ramp=True, speed=0, packet=32, board=BoardSettings(samples=320_000))
    host.start()
    begun, size = time.monotonic(), 0
    while size < 10_000 * 870:
        size += len(host.sock.recv(1 << 20))
    assert 320_000 / (time.monotonic() - begun) > 100_000


def test_truth_and_log_tell_times_of_the_host(ready) -> None:
    """A sample lies before its packet's arrival; a TUBE is lit between its sending and answer."""
    sim, host = ready(ramp=True, ppm=-4000.0)
    before_ns = time.monotonic_ns()
    host.start()
    data = host.take(30)
    [stream] = [line for line in sim.truth if line["type"] == "stream"]
    assert stream["step_ns"] == pytest.approx(1e6 / (1 - 4000e-6), rel=1e-9)
    late_ms = [p.at * 1e3 - (stream["first_ns"] / 1e6 + k * 20.0803) for k, p in enumerate(data)]
    assert stream["first_ns"] > before_ns
    assert 18 < min(late_ms) < 40
    sent_ns = time.monotonic_ns()
    host.send(TUBE, 9, struct.pack("<I", 7))
    host.next_message()
    [tube] = [line for line in sim.requests if line["request"] == "TUBE"]
    assert sent_ns - 2000 < tube["host_ns"] < time.monotonic_ns()


def test_a_board_that_runs_free_has_no_times_of_the_host(ready) -> None:
    sim, host = ready(ramp=True, speed=0.0)
    host.start()
    host.take(2)
    [stream] = [line for line in sim.truth if line["type"] == "stream"]
    assert (stream["first_ns"], stream["step_ns"]) == (None, None)
    assert {line["host_ns"] for line in sim.requests} == {None}
