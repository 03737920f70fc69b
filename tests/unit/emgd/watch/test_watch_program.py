"""`emgd watch` as a program in a terminal, against a fake daemon in another process."""

import re
import signal
import subprocess
import sys
import time

import msgpack
import pytest
import zmq
from support.seat import PATIENCE_S, Seat

PROGRAM = [
    sys.executable,
    "-c",
    "import argparse, sys; from emgd.commands import watch; parser = argparse.ArgumentParser(); "
    "watch.arguments(parser); sys.exit(watch.run(parser.parse_args()))",
]


@pytest.fixture
def seats():
    """Make seats, and leave none behind."""
    made = []

    def sit(*arguments, **how):
        made.append(Seat(PROGRAM, *arguments, **how))
        return made[-1]

    yield sit
    for seat in made:
        seat.close()


@pytest.fixture
def seat(seats, fake):
    made = seats("--control", fake.control)
    made.see("STREAMING")
    return made


@pytest.fixture
def marks(fake):
    """What another program hears of marks."""
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.linger = 0
        socket.subscribe("")
        socket.connect(fake.stream)

        def hear(topic=b"mark"):
            while True:
                assert socket.poll(1000 * PATIENCE_S)
                heard, header, _ = socket.recv_multipart()
                if heard == topic:
                    return msgpack.unpackb(header)

        hear(b"env")  # it has been let in
        yield hear


def ask(fake, do, **fields):
    """Ask the fake daemon, without any code of the project."""
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0
        socket.connect(fake.control)
        socket.send(msgpack.packb({"do": do, **fields}))
        assert socket.poll(1000 * PATIENCE_S)
        answer = msgpack.unpackb(socket.recv())
    assert answer["ok"], answer


def tube(shown):
    return int(re.search(r"tube (\d+)", shown)[1])


def test_shows_the_daemon_at_work(seat):
    shown = seat.see(
        r"fake board 0.9 1000 Hz x 8",
        r"lost 0 999.98 Hz \(-20 ppm\)",
        r"latency 0.3 p99 0.8 max 2.1 ms time ±0.42 ms",
        r"subscribe to ipc://",
        r"> 1 c1 frontalis +\d+\.\d",
        r"5 c5 zygomaticus major +\d+\.\d",
        r"8 c8 +\d+\.\d",
        r"ME c\d .* ms 41.3 µV",
        "q quit",
    )
    assert tube(seat.look()) > tube(shown)


def test_losses_recording_and_flags_appear(seat, fake):
    ask(fake, "fake.gap", missing=120)
    ask(fake, "record.start", name="P003_films")
    ask(fake, "fake.health", fields={"clipped": [0, 0, 1, 0, 0, 0, 0, 0]})
    seat.see(" REC P003_films 0:00:0", "GAP 120 samples", "lost 120", "c3 .* CLIP")


def test_m_sets_a_mark_that_others_hear(seat, marks):
    seat.type("m")
    seat.see('mark "key" set at sample', "now|0 s mark key")
    assert marks()["label"] == "key"


def test_a_typed_label_gets_the_time_of_the_key_that_asked_for_it(seat, marks):
    before_ns = time.time_ns()
    seat.type("M")
    seat.see("label: _")
    asked_ns = time.time_ns()
    seat.type("lächelt 2")
    seat.see("label: lächelt 2_")
    seat.type("\r")
    mark = marks()
    assert mark["label"] == "lächelt 2"
    assert before_ns <= mark["t_ns"] <= asked_ns
    seat.see('mark "lächelt 2" set at sample')


def test_pause_help_and_hiding_answer_to_their_keys(seat):
    seat.type("2h")
    seat.see("1 hidden", without=["2 c2 corrugator"])
    seat.type("a ")
    seat.see(r"PAUSED \d\d:\d\d:\d\d\.\d{3} UTC sample \d+", "corrugator", "go on")
    seat.type(" ?")
    seat.see("quit the view; the daemon goes on")
    seat.type("x")
    seat.see("STREAMING")


def test_says_that_the_daemon_is_away_and_finds_it_again(seat, fake):
    fake.kill()
    seat.see(r"AWAY no daemon for \d s at ipc://")
    seat.type("m")
    seat.see("NO MARK: no answer from ipc")
    fake.start(channels=4)
    seat.see("STREAMING", "daemon restarted", "4 c4", "missed here 0", without=["5 c5"])


def test_waits_for_a_daemon_that_starts_later(seats, fake):
    fake.kill()
    seat = seats("--control", fake.control)
    seat.see("AWAY no daemon at ipc://")
    fake.start()
    seat.see("STREAMING")


def test_rubbish_on_the_stream_is_counted_and_lived_with(seat, fake):
    for parts in ([b"env"], [b"env", b"\xc1", b""], [b"env", msgpack.packb({"v": 1}), b"xxx"]):
        ask(fake, "fake.send", parts=parts)
    shown = seat.see("unreadable 3", "STREAMING")
    assert tube(seat.look()) >= tube(shown)


def test_follows_the_size_of_the_terminal(seat):
    seat.resize(60, 16)
    seat.see("STREAMING", "8 c8", "q quit", without=["subscribe to", "a all"])
    seat.resize(20, 4)
    seat.see("STREAMING", without=["latency", "8 c8"])
    seat.resize(120, 40)
    seat.see("STREAMING", "subscribe to", "8 c8", "s auto")


@pytest.mark.parametrize("how", ["q", "\x03", signal.SIGTERM, signal.SIGHUP, "--seconds"])
def test_ends_and_gives_the_terminal_back(seats, fake, how):
    arguments = ("--seconds", "2") if how == "--seconds" else ()
    seat = seats("--control", fake.control, *arguments)
    if how != "--seconds":
        seat.see("STREAMING")
    if how in ("q", "\x03"):
        seat.type(how)
    assert seat.end(how if isinstance(how, signal.Signals) else None) == 0
    assert seat.after == seat.before
    assert b"Traceback" not in seat.output
    assert seat.output.rindex(b"\x1b[?1049l") > seat.output.rindex(b"\x1b[?1049h")


def test_a_locale_and_a_terminal_that_can_do_little_get_ascii_without_colours(seats, fake):
    seat = seats("--control", fake.control, LC_ALL="C", TERM="vt100")
    seat.see("STREAMING", "8 c8", "full [0-9]+ uV", "##")
    assert seat.output.isascii()
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", seat.output)


def test_a_terminal_that_cannot_place_text_gets_plain_lines(seats, fake):
    seat = seats("--control", fake.control, TERM="dumb", size=(200, 24))
    seat.hear(b"plain lines, as this terminal can do no more")
    seat.hear(b"streaming | 999.98 Hz")
    assert seat.end(signal.SIGINT) == 0


def plain(*arguments):
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_without_a_terminal_it_writes_a_line_a_second(fake):
    done = plain("--control", fake.control, "--seconds", "3.5")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(lines) == 3
    wanted = (
        r"\d\d:\d\d:\d\d streaming \| 999.98 Hz  tube \d+  lost 0  missed here 0 \| "
        r"envelope uV c1 \d+\.\d  c2 \d+\.\d .*c8 \d+\.\d"
    )
    assert re.fullmatch(wanted, lines[-1])


def test_a_daemon_never_heard_is_an_exit_code(tmp_path):
    done = plain("--control", f"ipc://{tmp_path}/nobody", "--seconds", "1.5")
    assert done.returncode == 3
    assert f"away: no daemon at ipc://{tmp_path}/nobody" in done.stdout


def test_an_endpoint_that_is_none_is_said_at_once():
    done = plain("--control", "nonsense")
    assert done.returncode == 1
    assert "emgd watch: 'nonsense' is no endpoint" in done.stderr


def test_a_reader_that_leaves_ends_it_quietly(fake):
    command = [*PROGRAM, "--control", fake.control]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=PATIENCE_S) == 0
        assert process.stderr.read() == b""
