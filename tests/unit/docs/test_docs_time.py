"""The page on time: what it says of the published annotations is what its program computes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/time.md").read_text(encoding="utf-8")


def test_the_published_scatter_is_as_written() -> None:
    program = PAGE.partition("```python\n")[2].partition("```")[0]
    table = ROOT / "tests/data/casmemg/annotations.csv"
    said = subprocess.run(
        [sys.executable, "-c", program, table], capture_output=True, text=True, check=True
    ).stdout
    numbers = [word for word in said.replace(",", " ").split() if word[0].isdigit()]
    assert numbers == ["116", "1.5", "20.4", "72", "90", "220"]
    words = " ".join(PAGE.split())
    assert "116 recordings, this offset is between 1.5 and 20.4 s" in words
    assert "72 ms (median), 220 ms (90th percentile)" in words
