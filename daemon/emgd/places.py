"""What the settings name on this PC: folders and files that have to be there."""

import tempfile
from pathlib import Path

from emgd import mvcfile, study
from emgd.keys import CLIENTS, KeyFault, load_clients, load_daemon
from emgd.recorder.trouble import start_failed
from emgd.settings import Settings


def place_faults(settings: Settings) -> list[str]:
    """What cannot be found or used, a sentence each, found before anybody needs it."""
    faults = []
    record = settings.record
    if record.dir and (refusal := _refusal(Path(record.dir))):
        faults.append(f"record.dir: {start_failed(refusal, Path(record.dir))}")
    if record.study:
        faults += _study_faults(record.study)
    if settings.mvc.file:
        faults += _mvc_faults(Path(settings.mvc.file))
    if settings.keys:
        faults += _key_faults(Path(settings.keys))
    return faults


def _refusal(folder: Path) -> OSError | None:
    """What the system says to a file in a folder; None where it takes one."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as fault:
        return fault


def _study_faults(path: str) -> list[str]:
    try:
        study.load(Path(path))
    except study.StudyFault as found:
        return [f"record.study: {path}: {fault}" for fault in found.faults]
    return []


def _mvc_faults(path: Path) -> list[str]:
    try:
        mvcfile.load(path)
    except mvcfile.MvcFileFault as fault:
        return [f"mvc.file: {fault}"]
    return []


def _key_faults(folder: Path) -> list[str]:
    try:
        load_daemon(folder)
        load_clients(folder / CLIENTS)
    except KeyFault as fault:
        return [f"keys: {fault}"]
    return []
