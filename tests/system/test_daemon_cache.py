"""Where compiled kernels cannot be kept, the daemon says so and works all the same."""

import shutil
from pathlib import Path

import ads1299
import boardsim
import emgd
import mcubridge
from support.daemon import Daemon

PACKAGES = (emgd, ads1299, mcubridge, boardsim)


def test_no_folder_for_compiled_kernels(tmp_path: Path) -> None:
    """Not even root can make a folder where a file is, nor below /dev/null."""
    copies = tmp_path / "copies"
    for package in PACKAGES:
        source = Path(package.__path__[0])
        shutil.copytree(source, copies / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [path.parent for path in copies.rglob("*.py")]:
        (folder / "__pycache__").touch()
    nowhere = {
        "PYTHONPATH": str(copies),
        "NUMBA_CACHE_DIR": "/dev/null/cache",
        "HOME": "/dev/null",
        "XDG_CACHE_HOME": "/dev/null/cache",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_OPT": "1",  # compiles sooner
    }
    with Daemon(tmp_path, "sim:?ramp", environment=nowhere) as daemon:
        with daemon.subscribe() as subscriber:
            block = subscriber.next("env", within_s=60)
            assert block["first"] == 0 or subscriber.of("raw")
        assert "no folder for compiled kernels can be written" in daemon.said
        assert "NUMBA_CACHE_DIR" in daemon.said
        assert "Traceback" not in daemon.said
        assert daemon.end() == 0
