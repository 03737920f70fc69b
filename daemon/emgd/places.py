"""What the settings name on this PC: folders and files that have to be there."""

import errno
import os
from pathlib import Path

from emgd import mvcfile, study
from emgd.keys import CLIENTS, KeyFault, load_clients, load_daemon
from emgd.recorder.trouble import start_failed
from emgd.settings import Settings


def place_faults(settings: Settings) -> list[str]:
    """What cannot be found or used, a sentence each, found before anybody needs it."""
    faults = []
    record = settings.record
    if record.dir and (code := _unfit(Path(record.dir))):
        failed = start_failed(OSError(code, os.strerror(code)), Path(record.dir))
        faults.append(f"record.dir: {failed}")
    if record.study:
        faults += _study_faults(record.study)
    if settings.mvc.file:
        faults += _mvc_faults(Path(settings.mvc.file))
    if settings.keys:
        faults += _key_faults(Path(settings.keys))
    return faults


def _unfit(folder: Path) -> int:
    """Why nothing can be put into a folder, as the system says it; 0 where it can."""
    try:
        if not folder.exists():
            return errno.ENOENT
        if not folder.is_dir():
            return errno.ENOTDIR
    except OSError as fault:
        return fault.errno or errno.EIO
    return 0 if os.access(folder, os.W_OK | os.X_OK, effective_ids=True) else errno.EACCES


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
