"""A daemon of its own for faults that end it, or that need to know what came before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.daemon import Waiting


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Waiting]:
    """A daemon to which this test's boards dial in."""
    with Waiting(tmp_path) as daemon:
        yield daemon
