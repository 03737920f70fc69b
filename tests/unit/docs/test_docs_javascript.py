"""The JavaScript of the pages can be parsed; `make test-js` runs it against a daemon."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAMS = sorted((Path(__file__).parents[3] / "docs/examples").glob("*.mjs"))

if node := shutil.which("node"):  # without it, conftest says so at the end of the run

    @pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
    def test_node_finds_no_fault_in_the_program(program: Path) -> None:
        checked = subprocess.run([node, "--check", program], capture_output=True, check=False)
        assert checked.returncode == 0, checked.stderr.decode()


def test_there_are_programs_in_javascript() -> None:
    assert [program.name for program in PROGRAMS] == ["page_marks.mjs", "subscribe_env.mjs"]
