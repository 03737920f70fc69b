"""One daemon for all tests whose boards come and go."""

from collections.abc import Iterator

import pytest
from support.daemon import Waiting


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Waiting]:
    """A daemon with the usual settings, 20 samples a packet at 1000 Hz, to which boards dial in."""
    with Waiting(tmp_path_factory.mktemp("lab")) as daemon:
        yield daemon
