"""What is installed on a lab PC: units that systemd finds sound, and files in their places."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from emgd.config import load
from emgd.settings import Settings

ROOT = Path(__file__).parents[3]
UNITS = ("emgd.service", "emgd@.service")
ANALYZE = shutil.which("systemd-analyze")

with_systemd = pytest.mark.skipif(
    ANALYZE is None, reason="this PC has no systemd-analyze: its units cannot be judged here"
)


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        env={**os.environ, **environment},
    )


@with_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_has_nothing_against_a_unit(unit: str) -> None:
    verified = run("systemd-analyze", "verify", f"systemd/{unit}")
    assert verified.stdout + verified.stderr == ""
    assert verified.returncode == 0


@with_systemd
@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_exposes_little(unit: str) -> None:
    judged = run("systemd-analyze", "security", "--offline=true", f"systemd/{unit}")
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)
    assert exposure, judged.stdout + judged.stderr
    assert float(exposure[1]) <= 2.0


def directives(unit: str) -> list[str]:
    lines = (ROOT / "systemd" / unit).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_template_is_the_same_for_each_board() -> None:
    one, each = directives("emgd.service"), directives("emgd@.service")
    assert len(one) == len(each)
    for single, instance in zip(one, each, strict=True):
        if single != instance:
            assert "%i" in instance
            plain = instance.replace(" from board %i", "").replace("/%i.toml", "/emgd.toml")
            assert plain.replace("emgd-%i", "emgd") == single


def test_the_unit_runs_what_the_program_takes() -> None:
    [start] = [line for line in directives("emgd.service") if line.startswith("ExecStart=")]
    words = start.partition("emgd run ")[2].split()
    known = run(sys.executable, "-m", "emgd", "run", "--help").stdout
    assert all(word in known for word in words if word.startswith("--"))
    assert "Type=notify" in directives("emgd.service")


def test_the_configuration_that_comes_along_is_the_defaults_explained(tmp_path: Path) -> None:
    shipped = (ROOT / "systemd" / "emgd.toml").read_text()
    made = run(sys.executable, "-m", "emgd", "config", "show", "--template").stdout
    assert shipped == made, "make it again: emgd config show --template > systemd/emgd.toml"
    all_given = tmp_path / "all.toml"
    all_given.write_text(re.sub(r"(?m)^#(?! )", "", shipped))
    assert load(all_given) == load(ROOT / "systemd" / "emgd.toml") == Settings()
    given = tomllib.loads(all_given.read_text())
    assert "rate_hz" in given["board"]


def test_every_key_says_what_a_user_notices() -> None:
    template = (ROOT / "systemd" / "emgd.toml").read_text()
    silent = re.findall(r"(?m)^# (\w+): \(default", template)
    assert silent == []


def test_installing_puts_everything_in_its_place_and_uninstalling_takes_it_away(
    tmp_path: Path,
) -> None:
    staged = {"DESTDIR": str(tmp_path), "PIP_FLAGS": "--no-deps", "PYTHON": sys.executable}
    installed = run("sh", "systemd/install.sh", "install", **staged)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    config = tmp_path / "etc/emgd/emgd.toml"
    assert config.stat().st_mode & 0o777 == 0o640
    assert config.parent.stat().st_mode & 0o777 == 0o750
    for unit in UNITS:
        placed = (tmp_path / "etc/systemd/system" / unit).read_text()
        carried = (tmp_path / "opt/emgd/share/emgd/systemd" / unit).read_text()  # by the wheel
        assert placed == carried == (ROOT / "systemd" / unit).read_text()
    assert (tmp_path / "opt/emgd/bin/emgd").read_text().startswith("#!/opt/emgd/bin/python")
    assert (tmp_path / "usr/local/bin/emgd").readlink() == Path("/opt/emgd/bin/emgd")
    assert (tmp_path / "etc/udev/rules.d/70-emgd.rules").exists()
    assert (tmp_path / "usr/local/share/doc/emgd/operation.md").exists()
    config.write_text("# the lab's own\n")
    assert run("sh", "systemd/install.sh", "install", **staged).returncode == 0
    assert config.read_text() == "# the lab's own\n"
    assert run("sh", "systemd/install.sh", "uninstall", **staged).returncode == 0
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == [config]
