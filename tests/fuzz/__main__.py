"""`make fuzz`: atheris, guided by what the code does, on everything that takes bytes from outside.

    python -m tests.fuzz [TARGET] [--runs N]

A finding ends the run with its traceback and leaves the input in a file named crash-...
"""

import argparse
import importlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = {"link": 8_000_000, "control": 2_000_000, "config": 50_000, "recording": 100_000}
_INSTRUMENTED = {"link": "mcubridge", "control": "emgd", "config": "emgd", "recording": "emgd"}
_COMPILED = ["mcubridge.frame", "emgd.dsp.kernels"]  # numba takes no instrumented functions


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", choices=[*RUNS, "all"], default="all")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        fuzz(args.target, args.runs)
        return 0
    chosen = list(RUNS) if args.target == "all" else [args.target]
    done = [report(name, args.runs or RUNS[name]) for name in chosen]
    print(f"{sum(done):,} inputs in total, nothing raised, hung or grew")
    return 0


def report(name: str, runs: int) -> int:
    """Fuzz one target in a process of its own; gives how many inputs it took."""
    command = [sys.executable, "-m", "tests.fuzz", name, "--runs", str(runs), "--inside"]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    found = re.findall(r"Done (\d+) runs in (\d+) second", ended.stderr)
    if ended.returncode or not found:
        sys.exit(f"{name}:\n{ended.stderr[-6000:]}")
    taken, seconds = map(int, found[-1])
    print(f"{name:<10} {taken:>10,} inputs in {seconds} s", flush=True)
    return taken


def fuzz(name: str, runs: int) -> None:
    import atheris

    named = {"include": [_INSTRUMENTED[name]], "exclude": _COMPILED}
    with atheris.instrument_imports(**named):  # counts at their first import only
        targets = importlib.import_module("tests.fuzz.targets")
    take, seeds = targets.TARGETS[name]()
    corpus = Path(tempfile.mkdtemp())
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    options = ["-max_len=600", "-timeout=20", "-rss_limit_mb=1500", "-verbosity=1"]
    atheris.Setup([sys.argv[0], f"-runs={runs}", *options, str(corpus)], take)
    atheris.Fuzz()


sys.exit(main())
