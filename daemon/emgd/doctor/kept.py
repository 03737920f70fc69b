"""The file that impedances are kept in, for a recording to take along."""

import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from emgd import __version__
from emgd.doctor.examination import Examination
from emgd.doctor.impedance import CURRENT_NA, FREQUENCY_HZ, UNCERTAIN_PCT

FILE_NAME = "impedance.json"


def keep(path: Path, examined: Examination, t_ns: int) -> str:
    """Write what was measured, and say where; an older file is replaced whole, or not at all."""
    if examined.identity is None or not examined.electrodes:
        return f"No impedances were measured: {path} was not written."
    content = {
        "t_ns": t_ns,
        "utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t_ns // 10**9)),
        "board": examined.identity.board,
        "firmware": examined.identity.firmware,
        "daemon": __version__,
        "method": {
            "current_na": CURRENT_NA,
            "frequency_hz": FREQUENCY_HZ,
            "uncertainty_pct": UNCERTAIN_PCT,
        },
        "electrodes": [asdict(electrode) for electrode in examined.electrodes],
    }
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError as fault:
        return f"The impedances could not be kept in {path}: {fault.strerror}."
    return f"The impedances are kept in {path}."
