"""Extras of the package: what installs them."""

import sys
from pathlib import Path


def how_to_install(extra: str) -> str:
    """The command that installs an extra, from the checkout where this runs in one."""
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").exists():
        return f"{sys.executable} -m pip install --editable '{checkout}[{extra}]'"
    return f"{sys.executable} -m pip install 'emgd[{extra}]'"
