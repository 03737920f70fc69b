"""Reads the pages: their fenced blocks, each with the words behind its fence."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fenced:
    kind: str
    name: str
    text: str


@dataclass(frozen=True)
class Page:
    text: str
    blocks: list[Fenced]

    def of(self, kind: str) -> list[Fenced]:
        return [block for block in self.blocks if block.kind == kind]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Node.js is not needed to work on emgd, but what was not checked for want of it is told."""
    if shutil.which("node") is None:
        terminalreporter.write_line(
            "docs/examples: no Node.js on this PC, the JavaScript was not checked", yellow=True
        )


@pytest.fixture(scope="session")
def page() -> Callable[[str], Page]:
    def read(name: str) -> Page:
        text = (DOCS / name).read_text(encoding="utf-8")
        return Page(
            text,
            [
                Fenced(*(words.partition(" ")[::2]), text=inside)
                for words, inside in FENCE.findall(text)
            ],
        )

    return read
