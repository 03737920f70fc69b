"""Which reader a file needs, and how what it says and what the user says make a signal."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from emgd.signals.choice import chosen
from emgd.signals.gather import gather
from emgd.signals.model import Found, Signal, SignalFault, Wanted, Watch

_READERS = {
    ".edf": "edf",
    ".bdf": "edf",
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".npy": "arrays",
    ".mat": "matlab",
    ".set": "matlab",
}
SUFFIXES = frozenset({".mcap", ".part", *_READERS})


def open_signal(path: Path, wanted: Wanted, watch: Watch = lambda done: None) -> Signal:
    """Open a file of any known kind; SignalFault where that cannot be."""
    suffix = path.suffix.lower()
    if suffix in (".mcap", ".part"):
        from emgd.signals.recorded import open_recorded

        return open_recorded(path, wanted)
    if suffix not in _READERS:
        if not path.exists():
            raise SignalFault(f"{path}: No such file or directory.")
        raise SignalFault(
            f"{path} is of no kind that can be read: give one of {', '.join(sorted(SUFFIXES))}."
        )
    reader = import_module(f"emgd.signals.{_READERS[suffix]}")
    read: Callable[[Path, Wanted, Watch], Found] = reader.read
    try:
        path.stat()  # not every reader says so well that there is no such file
        found = read(path, wanted, watch)
    except OSError as fault:
        raise SignalFault(f"{path} cannot be read: {fault.strerror or fault}.") from fault
    except MemoryError as fault:
        raise SignalFault(f"{path} does not fit into this PC's memory.") from fault
    try:
        return gather(path, chosen(found, wanted), found)
    except SignalFault as fault:
        raise SignalFault(f"{path}: {fault}") from None
