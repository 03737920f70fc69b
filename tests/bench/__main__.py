"""`make bench`: ratios of things measured side by side in one run."""

import sys
from importlib import import_module

NAMES = (
    "chain",
    "latency",
    "load",
    "start",
    "flood",
    "recording",
    "spi",
    "strangers",
    "video",
    "times",
    "spot",
)


def main() -> int:
    chosen = sys.argv[1:] or NAMES
    print(f"{'what':<44} {'emgd':>22} {'beside it':>26} {'ratio':>9}    limit", flush=True)
    holds = True
    for name in chosen:
        for row in import_module(f"tests.bench.{name}").measure():
            print(row, flush=True)
            holds = holds and row.holds
    return 0 if holds else 1


sys.exit(main())
