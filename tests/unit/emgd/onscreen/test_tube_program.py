"""`emgd tube` as a program in a terminal, against a fake daemon in another process."""

import csv
import os
import signal
import subprocess
import sys
import time

import msgpack
import pytest
import zmq
from emgd.onscreen.picture import picture
from emgd.watch.lines import Span, Style
from support.figures import read_figures
from support.seat import PATIENCE_S, Seat

PROGRAM = [
    sys.executable,
    "-c",
    "import sys; from emgd.cli import main; sys.exit(main(['tube', *sys.argv[1:]]))",
]
SIZE = (80, 24)


@pytest.fixture
def seats():
    """Make seats, and leave none behind."""
    made = []

    def sit(*arguments, size=SIZE, **how):
        # the terminal of the tests knows what a vt100 does
        made.append(Seat(PROGRAM, *arguments, size=size, **{"TERM": "vt100", **how}))
        return made[-1]

    yield sit
    for seat in made:
        seat.close()


def figures(rows, digits=4):
    """What the figures say, where the picture has its figures at this size."""
    width, height = len(rows[0]), len(rows)
    eights = picture("8" * digits, None, Span(""), width, height)
    lit = [
        "".join(("#" if s.style is Style.CHOSEN else " ") * len(s.text) for s in line)
        for line in eights[:-1]
    ]
    return read_figures(rows[:-1], lit)


def see(seat, true, what):
    """Look until it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not true(rows := seat.screen()):
        assert time.monotonic() < deadline, f"{what} did not come:\n" + "\n".join(rows)
    return rows


def said(rows):
    """The line below, which is the other way round where it is loud."""
    return rows[-1].replace("#", " ")


def see_number(seat, digits=4):
    rows = see(seat, lambda rows: figures(rows, digits).isdigit(), "a number")
    return int(figures(rows, digits)), rows


def see_trouble(seat, words):
    rows = see(seat, lambda rows: words in said(rows), words)
    assert figures(rows) == "----"
    assert {row[0] + row[-1] for row in rows[:-1]} == {"  "}


def ask(fake, do, **fields):
    """Ask the fake daemon, without any code of the project."""
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0
        socket.connect(fake.control)
        socket.send(msgpack.packb({"do": do, **fields}))
        assert socket.poll(1000 * PATIENCE_S)
        assert msgpack.unpackb(socket.recv())["ok"]


def send_tick(fake, number):
    header = {"v": 1, "session": "x", "seq": 0, "number": number}
    ask(fake, "fake.send", parts=[b"tick", msgpack.packb(header), b""])


def test_numbers_go_up_with_a_bar_on_their_own_side(seats, fake):
    seat = seats("--control", fake.control)
    see(seat, lambda rows: "q ends" in rows[-1], "the line below")
    sides = {}

    def look(rows):
        """A look may come in mid-change, as a camera's may: then the bars are not one."""
        lit = {(row[0], row[-1]) for row in rows[:-1]}
        if figures(rows).isdigit() and len(lit) == 1:
            sides[int(figures(rows))] = "".join(*lit)
        return len(sides) > 8

    see(seat, look, "some numbers")
    assert all(side == (" #" if number % 2 else "# ") for number, side in sides.items())
    assert len(set(sides.values())) == 2


def test_the_last_digits_of_a_number_are_shown(seats, fake):
    ask(fake, "fake.quiet", quiet=True)
    four = seats("--control", fake.control)
    see_trouble(four, "waits for its board")
    send_tick(fake, 1_230_045)
    see(four, lambda rows: figures(rows) == "0045", "the last four")
    seven = seats("--control", fake.control, "--digits", "7")
    see(seven, lambda rows: "waits for its board" in said(rows), "it is there")
    send_tick(fake, 1_230_046)
    see(seven, lambda rows: figures(rows, 7) == "1230046", "all seven")


def test_a_number_that_stands_still_is_not_shown(seats, fake):
    seat = seats("--control", fake.control)
    see_number(seat)
    ask(fake, "fake.quiet", quiet=True)
    see_trouble(seat, "the daemon waits for its board")
    ask(fake, "fake.quiet", quiet=False)
    see_number(seat)


def test_a_daemon_that_is_lost_comes_back(seats, fake):
    fake.kill()
    seat = seats("--control", fake.control)
    see_trouble(seat, f"no daemon at {fake.control}"[:70])
    fake.start()
    before, _ = see_number(seat)
    see(seat, lambda rows: figures(rows).isdigit() and int(figures(rows)) > before + 20, "more")
    fake.kill()
    see_trouble(seat, f"no daemon at {fake.control}"[:70])
    fake.start()
    assert see_number(seat)[0] < before + 20  # another session's count


def test_follows_the_size_of_the_terminal(seats, fake):
    seat = seats("--control", fake.control)
    see_number(seat)
    for size in [(120, 40), (40, 12)]:
        seat.resize(*size)
        see_number(seat)
    seat.resize(14, 3)
    see(seat, lambda rows: rows[0].strip("< >").isdigit(), "plain text")
    seat.resize(*SIZE)
    see_number(seat)


@pytest.mark.parametrize("how", ["q", "\x03", signal.SIGTERM, "--seconds"])
def test_ends_and_gives_the_terminal_back(seats, fake, how):
    seat = seats("--control", fake.control, *(("--seconds", "2") if how == "--seconds" else ()))
    see_number(seat)
    if how in ("q", "\x03"):
        seat.type(how)
    assert seat.end(how if isinstance(how, signal.Signals) else None) == 0
    assert seat.after == seat.before
    assert b"Traceback" not in seat.output


def test_the_log_has_a_line_for_each_number_drawn(seats, fake, tmp_path):
    log = tmp_path / "drawn.csv"
    before_ns = time.time_ns()
    seat = seats("--control", fake.control, "--log", str(log))
    see(seat, lambda _: log.exists() and log.read_text().count("\n") > 20, "twenty numbers")
    seat.type("q")
    assert seat.end() == 0
    with log.open() as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == ["number", "packets", "sample", "t_ns", "drawn_ns"]
    numbers = [int(line["number"]) for line in lines]
    assert len(numbers) > 15
    assert numbers == sorted(set(numbers))
    assert all(int(line["packets"]) == 2 * int(line["number"]) for line in lines)
    drawn_ns = [int(line["drawn_ns"]) for line in lines]
    assert drawn_ns == sorted(drawn_ns)
    assert before_ns < drawn_ns[0] < drawn_ns[-1] < time.time_ns()


def test_a_log_that_cannot_be_kept_is_told(seats, fake, tmp_path):
    earlier = tmp_path / "film1.csv"
    earlier.write_text("of another film")
    seat = seats("--control", fake.control, "--log", str(earlier))
    assert seat.end() == 2
    assert b"film1.csv exists already and is left alone" in seat.output
    assert earlier.read_text() == "of another film"
    seat = seats("--control", fake.control, "--log", str(tmp_path))
    assert seat.end() == 2
    assert b"cannot be written: Is a directory" in seat.output
    seat = seats("--control", fake.control, "--log", "/dev/full")
    assert seat.end() == 2
    assert b"/dev/full cannot be written: No space left on device" in seat.output


def test_a_log_that_breaks_off_is_told_at_the_end(seats, fake, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    seat = seats("--control", fake.control, "--log", str(pipe))
    first, _ = see_number(seat)
    os.close(reader)
    see(seat, lambda rows: figures(rows).isdigit() and int(figures(rows)) > first + 5, "more")
    seat.type("q")
    assert seat.end() == 1
    assert b"pipe is not whole: Broken pipe" in seat.output


def test_without_a_terminal_it_is_refused_in_a_sentence(fake):
    done = subprocess.run(
        [*PROGRAM, "--control", fake.control], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("emgd tube: standard output is no terminal")
    assert done.stderr.count("\n") == 1


def test_a_terminal_that_cannot_place_text_is_refused(seats, fake):
    seat = seats("--control", fake.control, TERM="dumb")
    assert seat.end() == 2
    assert b"emgd tube: this terminal cannot show figures: TERM=dumb" in seat.output


def test_a_daemon_never_heard_is_an_exit_code(seats, tmp_path):
    seat = seats("--control", f"ipc://{tmp_path}/nobody", "--seconds", "1.5")
    assert seat.end() == 3
    seat = seats("--control", "nonsense")
    assert seat.end() == 1
    assert b"emgd tube: 'nonsense' is no endpoint" in seat.output
