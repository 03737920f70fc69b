"""What the daemon makes is closed to other users of the PC, whatever the shell's umask says."""

import os
import stat
from pathlib import Path

from emgd.keys import make_client, make_daemon_pair
from support.daemon import Waiting


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_recordings_receipts_and_sockets(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        (tmp_path / "records").mkdir()
        with Waiting(tmp_path, "--record-dir", str(tmp_path / "records")) as daemon:
            assert mode(tmp_path / "stream") & 0o007 == 0
            assert mode(tmp_path / "control") & 0o007 == 0
            with daemon.board(tmp_path, ramp=True):
                daemon.wait_for_state("streaming")
                path = Path(daemon.ask("record.start", name="film")["path"])
                assert mode(path) == 0o640
                assert daemon.ask("record.stop")["ok"]
        made = {path.suffix: mode(path) for path in (tmp_path / "records").iterdir()}
        assert made == {".mcap": 0o640, ".txt": 0o640}
    finally:
        os.umask(before)


def test_keys(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_daemon_pair(tmp_path / "keys")
        make_client(tmp_path / "keys", "friend")
    finally:
        os.umask(before)
    assert mode(tmp_path / "keys") == 0o750
    assert {path.name: mode(path) for path in (tmp_path / "keys").iterdir()} == {
        "daemon.toml": 0o600,
        "clients.toml": 0o600,
        "friend.toml": 0o600,
    }
