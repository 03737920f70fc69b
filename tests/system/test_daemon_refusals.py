"""What the daemon refuses: with a sentence, an exit status, and nothing left behind."""

import socket
from pathlib import Path

import pytest
from support.board import Board
from support.daemon import Daemon
from support.process import Program, wait_until


def refusal(*arguments: str | Path) -> tuple[int, str]:
    """Exit status and words of a daemon that does not start."""
    with Program("emgd", "run", *arguments) as daemon:
        status = daemon.wait()
        assert "Traceback" not in daemon.said
        return status, daemon.said


def endpoints(folder: Path) -> list[str]:
    return [f"--stream=ipc://{folder}/stream", f"--control=ipc://{folder}/control"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("fault=wrong-id=92", ["ID (0x00)", "0x92", "expected 0x3E", "Usual cause", "ADS1298"]),
        ("fault=stuck=CONFIG1:96", ["CONFIG1 (0x01)", "0x96", "expected 0x94", "Usual cause"]),
        ("channels=16&fault=stuck=25:00", ["CH1SET", "0x00", "expected 0x60", "chip 2 of 2"]),
        ("channels=4&gain", ["does not take", "--gain"]),
    ],
)
def test_a_board_that_cannot_be_used(tmp_path: Path, options: str, words: list[str]) -> None:
    status, said = refusal("--source", f"sim:?{options}", *endpoints(tmp_path))
    assert status == 1
    for word in words:
        assert word in said.splitlines()[-1]


def test_gains_for_another_number_of_channels(tmp_path: Path) -> None:
    status, said = refusal(
        *("--source", "sim:?channels=4", "--set", "board.gain=[24, 24, 1, 1, 2, 2, 4, 4]"),
        *endpoints(tmp_path),
    )
    assert status == 1
    for word in ("board.gain", "8 values", "4 channels"):
        assert word in said.splitlines()[-1]


def test_a_band_that_the_boards_own_rate_cannot_carry(tmp_path: Path) -> None:
    status, said = refusal(
        *("--source", "sim:?rate=250", "--set", "board.configure=false"),
        *("--set", "filter.band_hz=[150, 450]", *endpoints(tmp_path)),
    )
    assert status == 1
    for word in ("filter.band_hz", "250 Hz", "150 Hz"):
        assert word in said.splitlines()[-1]


@pytest.mark.parametrize("key", ["stream", "control"])
def test_a_port_that_something_else_has(tmp_path: Path, key: str) -> None:
    other = "control" if key == "stream" else "stream"
    with socket.create_server(("127.0.0.1", 0)) as used:
        endpoint = f"tcp://127.0.0.1:{used.getsockname()[1]}"
        status, said = refusal(
            *("--source", "sim:", f"--{key}", endpoint, f"--{other}=ipc://{tmp_path}/other")
        )
    assert status == 1
    for word in (endpoint, "something else has it", f"--{key}"):
        assert word in said


def test_all_faults_of_the_configuration_in_one_message(tmp_path: Path) -> None:
    config = tmp_path / "emgd.toml"
    config.write_text(
        """
        sorce = "sim:"
        [board]
        rate_hz = 999
        gain = [24, 3]
        packet_samples = 33
        [filter]
        mains_hz = "50"
        [nonsense]
        x = 1
        """
    )
    status, said = refusal(
        *("--config", config, "--set", "filter.env_hz=0", "--set", "publish.hvm=100"),
        *("--set", "nothing", "--stream", "tcp://0.0.0.0:5556", "--tube", "lamp:"),
    )
    assert status == 2
    for key, hint in (
        ("sorce", "source"),
        ("board.rate_hz", "999"),
        ("board.gain", "3"),
        ("board.packet_samples", "1 to 32"),
        ("filter.mains_hz", "whole number"),
        ("nonsense", "no such key"),
        ("filter.env_hz", "0.1 to 100"),
        ("publish.hvm", "publish.hwm"),
        ("--set nothing", "key=value"),
        ("stream", "tcp://0.0.0.0:5556"),
        ("tube", "lamp:"),
    ):
        [line] = [line for line in said.splitlines() if line.strip().startswith(f"{key}:")]
        assert hint in line


@pytest.mark.parametrize(
    "option",
    [
        "--stream=tcp://0.0.0.0:5556",
        "--stream=tcp://*:5556",
        "--stream=tcp://192.0.2.7:5556",
        "--control=tcp://[::]:5557",
    ],
)
def test_endpoints_that_others_can_reach(option: str) -> None:
    status, said = refusal(option)
    assert status == 2
    assert "other computers" in said
    assert option.partition("=")[2] in said


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), ("rate_hz = ", "no TOML"), ("\0", "no TOML")]
)
def test_a_file_that_is_no_configuration(tmp_path: Path, content: str | None, words: str) -> None:
    config = tmp_path / "emgd.toml"
    if content is not None:
        config.write_text(content)
    status, said = refusal("--config", config)
    assert status == 2
    assert str(config) in said
    assert words in said


@pytest.mark.parametrize("source", ["tcp://", "tcp://here", "tcp-listen://1", "usb:", "tcp://[:1"])
def test_a_source_that_is_none(tmp_path: Path, source: str) -> None:
    status, said = refusal("--source", source, *endpoints(tmp_path))
    assert status in (1, 2)
    assert source in said


def test_a_board_that_does_not_answer_is_told_of_and_waited_for(tmp_path: Path) -> None:
    with Board(tmp_path, fault="deaf") as board, Daemon(tmp_path, board.url) as daemon:
        daemon.wait_for_line("no answer to .*trying again")
        assert daemon.state == "waiting"
        assert daemon.end() == 0


def test_a_board_that_is_not_there_yet(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
    with Daemon(tmp_path, f"tcp://127.0.0.1:{port}") as daemon:
        daemon.wait_for_line("connection refused.*trying again")
        with Program("boardsim", f"--listen=127.0.0.1:{port}", "--ramp") as board:
            daemon.wait_for_state("streaming")
            board.kill()
            daemon.wait_for_line("connecting again")
            wait_until(lambda: daemon.state == "waiting", "waiting for the board")
