"""Options of the whole suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--board",
        default="sim:",
        metavar="URL",
        help="the board that tests/board runs on, as `emgd run --source` names it (sim:)",
    )
