"""Each fault does what it says, alone and beside others."""

import socket
import struct
import time
from itertools import pairwise

import pytest
from boardsim.board import BoardSettings
from boardsim.fault_grammar import FaultError, parse_faults
from boardsim.faults import Moment

PING, START, RREG, WREG, TUBE = 0x87, 0x82, 0x84, 0x85, 0x86


def faulty(*texts: str, samples: int | None = None, **more) -> dict:
    settings = {"faults": parse_faults(texts), "board": BoardSettings(samples=samples)}
    return settings | {"ramp": True, "speed": 0} | more


def counters(host) -> list[int]:
    return [packet.counter for packet in host.data]


def take_all(host, last: int) -> list[int]:
    """Everything up to the packet with that counter."""
    while not host.data or host.data[-1].counter < last:
        assert host.pump()
    return counters(host)


def test_bytes_one_at_a_time(ready) -> None:
    _, host = ready(**faulty("bytes", samples=100))
    host.start()
    assert take_all(host, 4) == [0, 1, 2, 3, 4]
    assert host.broken == 0


def test_coalesce_holds_packets_until_there_are_so_many(ready) -> None:
    _, host = ready(**faulty("coalesce=4", samples=200))
    host.start()
    assert take_all(host, 7) == list(range(8))
    assert host.ask(PING, bytes(8))[0] == 0  # a reply takes what waits before it along
    assert counters(host) == list(range(10))


def test_garbage_stays_between_the_frames(ready) -> None:
    _, host = ready(**faulty("garbage=2", samples=400))
    host.start()
    assert take_all(host, 19) == list(range(20))
    assert host.broken >= 5


def test_badcrc_is_beside_the_good_ones(ready) -> None:
    _, host = ready(**faulty("badcrc=5", samples=400))
    host.start()
    assert take_all(host, 19) == list(range(20))
    assert host.broken == 4


def test_corrupt_loses_real_packets(ready) -> None:
    sim, host = ready(**faulty("corrupt=5", samples=420))
    host.start()
    assert take_all(host, 20) == [c for c in range(21) if c % 5 != 4]
    assert host.broken == 4
    assert [(t["counter"], t["why"]) for t in sim.truth if t["type"] == "lost"] == [
        (4, "corrupt"),
        (9, "corrupt"),
        (14, "corrupt"),
        (19, "corrupt"),
    ]


def test_skip_loses_conversions_without_a_trace_but_for_time(ready) -> None:
    _, host = ready(**faulty("skip=7", samples=1200))
    host.start()
    assert take_all(host, 59) == list(range(60))
    conversions = [row[0] + 2**23 for packet in host.data for row in packet.counts()]
    assert conversions == [c for c in range(1400) if c % 7 != 6]
    first_us = host.data[0].t_us
    for packet in host.data:
        assert packet.t_us - first_us == conversions[20 * packet.counter] * 1000


def test_drop_uses_up_counters_and_the_ramp_goes_on(ready) -> None:
    sim, host = ready(**faulty("drop=5:2", samples=420))
    host.start()
    got = take_all(host, 18)
    assert got == [0, 1, 2, 3, 6, 7, 8, 11, 12, 13, 16, 17, 18]
    for packet in host.data:
        assert packet.counts()[0][0] == packet.counter * 20 - 2**23
    lost = [t for t in sim.truth if t["type"] == "lost"]
    assert [(t["counter"], t["first"], t["n"], t["why"]) for t in lost[:3]] == [
        (4, 80, 20, "drop"),
        (5, 100, 20, "drop"),
        (9, 180, 20, "drop"),
    ]
    assert host.broken == 0


def test_cut_and_back_with_the_counter_at_0(ready, dial) -> None:
    sim, host = ready(**faulty("cut=0.5:0.3"))
    host.start()
    host.until_closed()
    down = time.monotonic()
    assert counters(host) == list(range(25))  # 0.5 s of 1 kSPS in packets of 20
    with pytest.raises(ConnectionRefusedError):
        dial(sim)
    while True:
        try:
            again = dial(sim)
        except ConnectionRefusedError:
            time.sleep(0.01)
            continue
        break
    assert time.monotonic() - down > 0.2
    again.next_message()
    again.start()
    assert again.take(40)[0].counter == 0  # and it is not cut a second time


def test_cut_again_after_each_start(ready, dial) -> None:
    sim, host = ready(**faulty("cut=0.1:0:again"))
    for _ in range(2):
        host.start()
        host.until_closed()
        assert counters(host) == list(range(5))
        while host.closed:
            try:
                host = dial(sim)
            except ConnectionRefusedError:
                time.sleep(0.01)
        host.next_message()


def test_reboot_forgets_everything_but_the_line(ready) -> None:
    _, host = ready(**faulty("reboot=0.2", speed=1.0))
    host.start()
    hello = host.next_message()
    assert hello[:2] == b"\1\0"
    assert struct.unpack_from("<H", hello, 6) == (250,)
    assert struct.unpack("<Q", hello[-8:])[0] < 100_000
    assert counters(host) == list(range(10))
    assert host.ask(RREG, bytes([1, 1])) == (0, b"\x96")


def test_silent_says_nothing_and_loses_the_time(ready) -> None:
    sim, host = ready(**faulty("silent=0.2:0.4"))
    host.start()
    take_all(host, 40)
    assert counters(host)[:12] == [*range(10), 30, 31]
    assert sum(t["n"] for t in sim.truth if t["type"] == "lost") == 400


def test_silent_leaves_requests_unanswered(ready) -> None:
    _, host = ready(**faulty("silent=0:0.3", speed=1.0))
    host.send(START, 1)
    asked = time.monotonic()
    host.send(PING, 2, bytes(8))
    while True:
        assert host.pump()
        if host.data:
            break
    assert time.monotonic() - asked > 0.25
    assert host.messages == []


def test_jitter_delays_and_keeps_the_order(ready) -> None:
    _, host = ready(**faulty("jitter=80", samples=600, speed=1.0), packet=2)
    host.start()
    assert take_all(host, 299) == list(range(300))
    late = [packet.at - packet.t_us * 1e-6 for packet in host.data]
    assert max(late) - min(late) > 0.03
    assert sum(b.at - a.at > 0.005 for a, b in pairwise(host.data)) > 10


def test_burst_brings_packets_in_heaps(ready) -> None:
    _, host = ready(**faulty("burst=100", speed=1.0), packet=5)
    host.start()
    data = host.take(80)
    gaps = [b.at - a.at for a, b in pairwise(data)]
    assert sum(gap > 0.05 for gap in gaps) >= 2
    assert sum(gap < 0.02 for gap in gaps) > 60
    assert counters(host) == list(range(len(host.data)))


def test_a_stall_holds_all_back_and_loses_nothing(ready) -> None:
    _, host = ready(**faulty("stall=1:300", speed=1.0), packet=5)
    host.start()
    host.take(400)
    gaps = [b.at - a.at for a, b in pairwise(host.data)]
    assert sum(gap > 0.25 for gap in gaps) in (1, 2)  # in the two seconds, after a whole one
    assert counters(host) == list(range(len(host.data)))


def test_late_requests_are_answered_late_and_in_order(ready) -> None:
    sim, host = ready(**faulty("late-requests=200", speed=1.0))
    for tag in range(1, 11):
        host.send(PING, tag, struct.pack("<Q", time.monotonic_ns()))
    assert [host.next_message()[1] for _ in range(10)] == list(range(1, 11))
    pings = [line for line in sim.requests if line["request"] == "PING"]
    heard_ns = [line["host_ns"] for line in pings]
    assert heard_ns == sorted(heard_ns)
    assert heard_ns[-1] - pings[-1]["args"]["host_time_ns"] > 60e6


def test_wrong_id_and_stuck_registers(ready) -> None:
    _, host = ready(**faulty("wrong-id=12", "stuck=CH3SET:68", "stuck=17:02"))
    assert host.ask(RREG, bytes([0, 1])) == (0, b"\x12")
    assert host.ask(WREG, bytes([6, 0x20, 0x30, 0x40])) == (0, b"")
    assert host.ask(RREG, bytes([6, 3])) == (0, b"\x20\x68\x40")
    assert host.ask(RREG, bytes([0x17, 1])) == (0, b"\x02")


def test_deaf_hears_nothing(board, dial) -> None:
    sim = board(**faulty("deaf"))
    host = dial(sim)
    assert host.next_message()[0] == 1
    host.send(0x81, 1)
    host.send(RREG, 2, bytes([0, 1]))
    host.sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        host.pump()
    assert [line["status"] for line in sim.requests] == [None, None]


def test_no_tube_reply(ready) -> None:
    sim, host = ready(**faulty("no-tube-reply"))
    host.send(TUBE, 9, struct.pack("<I", 3))
    assert host.ask(PING, bytes(8), tag=10)[0] == 0
    assert sim.tube_numbers == [3]


def test_clock_of_the_chip_is_off(ready) -> None:
    _, host = ready(**faulty("clock=10000"))
    host.start()
    data = host.take(101)
    span_us = data[100].t_us - data[0].t_us
    assert abs(span_us - 2_000_000 / 1.01) <= 1


def test_ppm_moves_clock_and_sampling_together(ready) -> None:
    _, host = ready(**faulty(speed=1.0, ppm=200_000.0))  # a fifth too fast
    host.start()
    data = host.take(60)
    assert data[59].t_us - data[9].t_us == 1_000_000
    pace = 1.0 / (data[59].at - data[9].at)
    assert 1.05 < pace < 1.35


def test_things_that_a_host_must_bear(ready) -> None:
    _, host = ready(**faulty("repeat=5", "note=4", "unknown=3", samples=420))
    host.start()
    assert take_all(host, 20) == sorted([*range(21), 4, 9, 14, 19])
    assert host.broken == 0
    kinds = [(message[0], message[1]) for message in host.messages]
    assert kinds.count((4, 0)) == 5
    assert kinds.count((0x3F, 0)) == 7
    assert any(message[2:] == b"\x01packet 3 is next" for message in host.messages)


def test_no_chip(board, dial) -> None:
    host = dial(board(**faulty("no-chip")))
    assert host.next_message()[3] == 0
    for kind, payload in ((START, b""), (RREG, b"\0\1"), (WREG, b"\1\x94"), (0x88, b"")):
        assert host.ask(kind, payload) == (4, b"")
    assert host.ask(PING, bytes(8))[0] == 0


def test_combined(ready) -> None:
    faults = ("bytes", "garbage=3", "badcrc=4", "drop=7", "corrupt=11", "jitter=2", "coalesce=2")
    _, host = ready(**faulty(*faults, samples=1020))
    host.start()
    wanted = [c for c in range(50) if c % 7 != 6 and c % 11 != 10]
    assert take_all(host, wanted[-1]) == wanted


def test_a_full_buffer_throws_packets_away(ready) -> None:
    sim, host = ready(**faulty(speed=2000.0, buffer_bytes=20_000, samples=400_000))
    # left to itself, the kernel may grow the buffer until it holds the whole stream
    host.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)

    def lost() -> set[int]:
        return {line["counter"] for line in sim.truth if line["type"] == "lost"}

    host.start()
    deadline = time.monotonic() + 80
    while not lost():  # nobody reads
        assert time.monotonic() < deadline
        time.sleep(0.01)
    while len(host.data) + len(lost()) < 20_000:
        assert host.pump()
    assert host.broken == 0
    assert {line["why"] for line in sim.truth if line["type"] == "lost"} == {"buffer"}
    assert sorted([*counters(host), *lost()]) == list(range(20_000))


def test_grammar() -> None:
    faults = parse_faults(
        ["cut=1.5:2:again", "reboot=3", "open=2", "open=3:N", "impedance=1:500", "bridge=0:1"]
    )
    assert faults.cut == Moment(1.5, 2.0, True)
    assert faults.reboot == Moment(3.0, 0.0, False)
    assert faults.ohm == {(2, "P"): 1e9, (3, "N"): 1e9, (1, "P"): 500e3}
    assert faults.bridge == [(0, 1)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "no such fault"),
        ("drop", "a value is missing"),
        ("drop=0", "'0' is not a whole number from 1 on"),
        ("drop=1:2:3", "too many values"),
        ("deaf=1", "too many values"),
        ("skip=1", "from 2 on"),
        ("cut=1", "a value is missing"),
        ("cut=x:1", "'x' is not a number"),
        ("cut=1:1:always", "only ':again' can follow"),
        ("stuck=NOPE:1", "'NOPE' is not a byte"),
        ("stuck=18:1", "no register 18"),
        ("wrong-id=zz", "'zz' is not a byte in hex"),
        ("open=16", "'16' is not a channel"),
        ("open=1:Q", "'Q' is not an electrode"),
        ("bridge=7:8", "different chips"),
        ("jitter=nan", "is not a number"),
        ("stall=1:1500", "would last longer"),
        ("stall=0:5", "is not a number"),
    ],
)
def test_what_cannot_be_is_told(text: str, says: str) -> None:
    with pytest.raises(FaultError, match=says) as caught:
        parse_faults([text])
    assert text in str(caught.value)
