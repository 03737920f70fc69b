"""Which reader a file needs."""

from pathlib import Path

from emgd.movements.lines import read_lines
from emgd.movements.model import Movements, MovementsFault, Told
from emgd.movements.sheet import read_sheet


def read(path: Path, told: Told) -> Movements:
    """The movements in JSON lines, a CSV sheet or a recording."""
    if path.name.endswith((".mcap", ".mcap.part")):
        from emgd.movements.recorded import read_recording

        return read_recording(path, told)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise MovementsFault(f"{path} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise MovementsFault(
            f"{path} is no text in UTF-8 (byte {fault.start}): JSON lines, a sheet saved as CSV or"
            " a recording (.mcap) are expected. Spreadsheets: save as CSV."
        ) from fault
    if text.lstrip().startswith("{"):
        return read_lines(path, text.split("\n"), told)
    if not text.strip() and path.suffix != ".csv":  # nothing was found
        return Movements(rate_hz=told.rate_hz)
    return read_sheet(path, text, told)
