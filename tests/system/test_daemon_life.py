"""The daemon's end: asked for, or not; and its board's."""

import os
import signal
from pathlib import Path

import pytest
import zmq
from support.board import Board
from support.daemon import Daemon, Waiting
from support.process import alive, children, listening_port, wait_until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_end_it_ends_cleanly_and_its_board_with_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    log = tmp_path / "log.jsonl"
    with Daemon(tmp_path, f"sim:?ramp&log={log}", fresh=True) as daemon:
        daemon.wait_for_state("streaming")
        [board] = children(daemon.pid)
        assert alive(board)
        os.killpg(daemon.pid, number)  # as a terminal does it
        assert daemon.wait() == 0
        assert not alive(board)
        check_no_traceback(daemon)
    assert '"STOP"' in log.read_text().splitlines()[-2]  # the last thing it was asked


def check_no_traceback(daemon: Daemon) -> None:
    assert "Traceback" not in daemon.said
    assert "ERROR" not in daemon.said


def test_killed_it_leaves_no_board_behind(tmp_path: Path) -> None:
    with Daemon(tmp_path, "sim:?ramp") as daemon:
        daemon.wait_for_state("streaming")
        [board] = children(daemon.pid)
        daemon.signal(signal.SIGKILL)
        daemon.wait()
        wait_until(lambda: not alive(board), "the end of the simulated board")


def test_a_simulated_board_that_died_is_started_again(tmp_path: Path) -> None:
    with Daemon(tmp_path, "sim:?ramp") as daemon, daemon.subscribe() as subscriber:
        subscriber.next("raw")
        [board] = children(daemon.pid)
        os.kill(board, signal.SIGKILL)
        gap = subscriber.next("gap", reason="reconnect")
        block = subscriber.next("raw")
        assert block["first"] == gap["first"] + gap["missing"]
        assert gap["missing"] > 100
        [other] = children(daemon.pid)
        assert other != board
        assert daemon.end() == 0
        assert not alive(other)
        check_no_traceback(daemon)


def test_a_board_that_answers_late_is_stopped_all_the_same(tmp_path: Path) -> None:
    with (
        Board(tmp_path, fault=["jitter=60"]) as board,
        Daemon(tmp_path, board.url) as daemon,
    ):
        daemon.wait_for_state("streaming")
        assert daemon.end() == 0
        check_no_traceback(daemon)
        asked = [line["request"] for line in board.log if "request" in line]
        assert asked.count("STOP") == 2  # before the configuration, and at the end
        assert asked[-1] == "STOP"


def test_a_board_that_went_deaf_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with Board(tmp_path, fault=["silent=0.5:100"]) as board, Daemon(tmp_path, board.url) as daemon:
        daemon.wait_for_state("streaming")
        daemon.wait_for_state("waiting")
        assert daemon.end() == 0
        check_no_traceback(daemon)


def test_one_board_at_a_time_may_dial_in(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    with Waiting(tmp_path) as daemon, daemon.board(tmp_path) as board:
        port = board.url.rpartition(":")[2]
        daemon.wait_for_state("streaming")
        assert listening_port(daemon.pid) is None
        with Board(tmp_path / "second", dial=f"127.0.0.1:{port}") as second:
            with daemon.subscribe("raw") as subscriber:
                before = subscriber.next("raw")["first"]
                while subscriber.next("raw")["first"] < before + 500:
                    pass
            assert second.log == []
            board.kill()
            wait_until(lambda: bool(second.log), "the second board's turn")
        daemon.wait_for_state("waiting")
        assert daemon.end() == 0
        check_no_traceback(daemon)


def test_the_endpoints_are_free_again_at_once(tmp_path: Path) -> None:
    with zmq.Context() as context, context.socket(zmq.PUB) as socket:
        port = socket.bind_to_random_port("tcp://127.0.0.1")
        socket.unbind(f"tcp://127.0.0.1:{port}")
    more = f"--stream=tcp://127.0.0.1:{port}"
    for _ in range(2):
        with Daemon(tmp_path, "tcp://127.0.0.1:1", more, fresh=True) as daemon:
            assert daemon.end() == 0
