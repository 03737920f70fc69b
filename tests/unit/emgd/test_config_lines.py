"""Faults of a file are told with their lines, and a file explains itself."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from emgd.config import ConfigError, load
from emgd.configlines import line_of, lines_of
from emgd.configshow import as_toml
from emgd.settings import Settings
from hypothesis import given, settings
from hypothesis import strategies as st

FILE = """\
# the lab's
sorce = "sim:"

[board]
rate_hz = 1001  # faster
gain = [
    24,
    25,
]
[[board.channels]]
name = "a"
[[board.channels]]
name = "b"
muscel = "frontalis"

[filter]
band_hz = [450, 20]
mains_hz = 55
[record]
start = "film"
"""


def emgd(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "emgd", *map(str, words)], capture_output=True, text=True, timeout=60
    )


def test_all_faults_at_once_each_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(FILE)
    checked = emgd("config", "check", file, "--set", "filter.mains_hz=70")
    assert checked.returncode == 2
    assert checked.stdout == ""
    said = checked.stderr.splitlines()
    assert said[0] == "emgd: the configuration cannot be used:"
    places = {
        line.split(": ")[0].strip(): line.rpartition(" (")[2].removesuffix(")") for line in said[1:]
    }
    assert places["sorce"] == f"{file}, line 2"
    assert places["board.rate_hz"] == f"{file}, line 5"
    assert places["board.gain"] == f"{file}, line 6"
    assert places["board.channels[1].muscel"] == f"{file}, line 14"
    assert places["filter.band_hz"] == f"{file}, line 17"
    assert "filter.mains_hz: 70 is not one of 0, 50, 60" in checked.stderr  # no line of the file
    assert f"{file}, line 18" not in checked.stderr
    assert places["record.dir"] == f"{file}, line 19"  # the table that lacks it
    ran = emgd("run", "--config", file, "--set", "filter.mains_hz=70")
    assert (ran.returncode, ran.stderr) == (2, checked.stderr)


def test_a_sound_file_is_called_so(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text("[filter]\nmains_hz = 50\n")
    checked = emgd("config", "check", file)
    assert (checked.returncode, checked.stdout) == (0, f"{file}: can be used\n")


def test_what_is_shown_is_what_was_loaded(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(
        'stream = ["tcp://127.0.0.1:1", "ipc:///a"]\n[board]\ngain = [1, 2, 4, 6, 8, 12, 24, 1]\n'
        '[[board.channels]]\nname = "a \\"quoted\\" \\\\ name"\nactive = false\n'
        '[gpio]\nmode = "code"\ncodes = {1 = "film", 12 = "ende ü"}\n'
    )
    shown = emgd("config", "show", file)
    assert shown.returncode == 0
    again = tmp_path / "again.toml"
    again.write_text(shown.stdout)
    assert load(again) == load(file)
    plain = emgd("config", "show", file, "--plain").stdout
    assert "#" not in plain
    assert tomllib.loads(plain) == tomllib.loads(shown.stdout)


def test_the_defaults_shown_are_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "emgd.toml"
    file.write_text(as_toml(Settings()))
    assert load(file) == Settings() == load(None)


@pytest.mark.parametrize(
    "text", ["source = ", "a = 1\na = 2\n", "[x\n", "\ufeff\ufeff", "a = 1\x00"]
)
def test_what_is_no_toml_is_told_with_the_parsers_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"lab\.toml: is no TOML: .*"):
        load(file)


_KEY = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
_VALUE = st.sampled_from(["1", '"text"', "[1, 2]", "[\n  1,\n  2,\n]", '"""a\nb"""', "{ x = 1 }"])


@settings(max_examples=60, deadline=None)
@given(
    tables=st.dictionaries(_KEY, st.dictionaries(_KEY, _VALUE, max_size=4), max_size=4),
    noise=st.lists(st.sampled_from(["", "# a comment", "   "]), max_size=3),
)
def test_every_key_is_placed_where_it_was_written(
    tables: dict[str, dict[str, str]], noise: list[str]
) -> None:
    rows: list[str] = []
    wanted: dict[str, int] = {}
    for table, entries in tables.items():
        rows += [*noise, f"[{table}]"]
        wanted[table] = len(rows)
        for key, value in entries.items():
            rows += noise
            wanted[f"{table}.{key}"] = len(rows) + 1
            rows += f"{key} = {value}".split("\n")
    found = lines_of("\n".join(rows))
    assert {key: found[key] for key in wanted} == wanted


def test_a_key_that_is_missing_is_placed_at_its_table() -> None:
    lines = {"record": 3, "board.channels": 7}
    assert line_of("record.dir", lines) == 3
    assert line_of("board.channels[4].name", lines) == 7
    assert line_of("source", lines) is None
