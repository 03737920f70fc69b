"""The log: fields for the journal, levels where it only reads lines, and no floods."""

import logging
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from emgd.floods import SAID_OUT, WINDOW_S, Floodgate
from emgd.journal import JournalHandler, journal_reads
from hypothesis import given
from hypothesis import strategies as st


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.getMessage()}")


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("emgd.test_logs")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def read_native(data: bytes) -> dict[str, str]:
    """A datagram by the words of systemd's "Native Journal Protocol"."""
    fields = {}
    while data:
        head, _, data = data.partition(b"\n")
        if b"=" in head:
            name, _, value = head.partition(b"=")
        else:
            name = head
            (length,) = struct.unpack("<Q", data[:8])
            value, data = data[8 : 8 + length], data[8 + length :]
            assert data[:1] == b"\n"
            data = data[1:]
        fields[name.decode()] = value.decode()
    return fields


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "journal"))
        journal.settimeout(5)
        yield journal


def test_the_journal_gets_level_and_fields(
    logger: logging.Logger, journal: socket.socket, tmp_path: Path
) -> None:
    logger.addHandler(JournalHandler(Kept(), tmp_path / "journal"))
    logger.warning("%d samples missing", 20, extra={"fields": {"first": 400, "missing": 20}})
    logger.info("recording ended\nlost: nothing")
    first, second = read_native(journal.recv(65536)), read_native(journal.recv(65536))
    assert first["MESSAGE"] == "20 samples missing"
    assert (first["PRIORITY"], first["SYSLOG_IDENTIFIER"]) == ("4", "emgd")
    assert (first["EMGD_FIRST"], first["EMGD_MISSING"]) == ("400", "20")
    assert first["CODE_FILE"] == __file__
    assert (second["MESSAGE"], second["PRIORITY"]) == ("recording ended\nlost: nothing", "6")


@given(text=st.text())
def test_any_message_arrives_whole(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("journal") / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(path))
        handler = JournalHandler(Kept(), path)
        handler.handle(logging.LogRecord("x", logging.INFO, "f", 1, "%s", (text,), None))
        handler.close()
        expected = text.encode(errors="replace").decode()
        assert read_native(journal.recv(1 << 20))["MESSAGE"] == expected


def test_without_a_journal_the_line_goes_elsewhere(logger: logging.Logger, tmp_path: Path) -> None:
    kept = Kept()
    logger.addHandler(JournalHandler(kept, tmp_path / "nobody"))
    logger.error("the disk is full")
    assert kept.lines == ["ERROR the disk is full"]


def test_only_the_stream_that_the_journal_opened_counts(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        found = os.fstat(file.fileno())
        here = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        assert journal_reads(file.fileno(), here)
        assert not journal_reads(file.fileno(), {})
        assert not journal_reads(2, here)
    assert not journal_reads(12345, here)


def test_lines_on_the_journals_stream_carry_their_level(tmp_path: Path) -> None:
    program = (
        "import os; f = os.fstat(2)\n"
        "os.environ['JOURNAL_STREAM'] = f'{f.st_dev}:{f.st_ino}'\n"
        "import emgd.journal, emgd.logs, logging, sys\n"
        "emgd.journal.JournalHandler.__init__.__defaults__ = (sys.argv[1],)\n"
        "emgd.logs.begin_log()\n"
        "logging.getLogger('x').warning('one\\ntwo'); logging.getLogger('x').debug('unheard')\n"
        "logging.getLogger('x').error('bad')"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "nobody")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.stderr.splitlines() == ["<4>one", "<4>two", "<3>bad"]


def test_a_line_that_flaps_is_summed_up(logger: logging.Logger) -> None:
    now = [0.0]
    gate, kept = Floodgate(lambda: now[0]), Kept()
    kept.addFilter(gate)
    logger.addHandler(kept)
    for turn in range(100):
        logger.warning("%s: closed; connecting again", f"port {turn}")
        now[0] += 0.1
        gate.flush()
    logger.error("something else")
    assert len(kept.lines) == SAID_OUT + 1
    assert kept.lines[-1] == "ERROR something else"
    now[0] = WINDOW_S
    gate.flush()
    summary = f"{100 - SAID_OUT} more like this within a minute, the last one: port 99: closed"
    assert kept.lines[-1].startswith(f"WARNING {summary}")
    logger.warning("%s: closed; connecting again", "port 100")
    assert "port 100" in kept.lines[-1]
    now[0] += 2 * WINDOW_S
    gate.flush(all_of_them=True)
    assert len(kept.lines) == SAID_OUT + 3, "nothing was held back in the second window"


def test_different_sentences_are_different_events(logger: logging.Logger) -> None:
    gate, kept = Floodgate(lambda: 0.0), Kept()
    kept.addFilter(gate)
    logger.addHandler(kept)
    for turn in range(2 * SAID_OUT):
        logger.info("%s", f"sentence {turn}")
    assert len(kept.lines) == 2 * SAID_OUT
