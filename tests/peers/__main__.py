"""`make peers`: our side of docs/comparison.md, on the work and the faults of the incumbents.

Prints the page's tables in Markdown. Names of measurements may be given: faults reader stamps
latency start filters.
"""

import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from time import strftime

sys.path.append(str(Path(__file__).parents[1]))  # so that tests/support is found

NAMES = ("faults", "reader", "stamps", "latency", "start", "filters")


def main() -> int:
    chosen = sys.argv[1:] or NAMES
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba", "pyzmq"))
    print(
        f"emgd {version('emgd')}, {strftime('%B %Y')}. {platform.system()} {platform.release()}, "
        f"{os.cpu_count()} cores ({_processor()}), load {os.getloadavg()[0]:.1f} at the start. "
        f"Python {platform.python_version()}, {packages}.",
        flush=True,
    )
    for name in chosen:
        measured = import_module(f"tests.peers.{name}")
        print(f"\n{measured.TITLE}\n\n{measured.HEAD}", flush=True)
        print("|" + "---|" * (measured.HEAD.count("|") - 1), flush=True)
        for row in measured.measure():
            print(f"| {' | '.join(row)} |", flush=True)
    return 0


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
    return next((line.partition(": ")[2].strip() for line in lines if "model name" in line), "?")


sys.exit(main())
