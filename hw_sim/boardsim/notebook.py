"""What is written down for tests and for people: JSON lines, in a file or in memory."""

import json
from pathlib import Path
from typing import Any


class Notebook:
    """Lines kept for whoever asks, each flushed to the file at once."""

    def __init__(self, path: Path | None = None, *, keep: bool = False) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1) if path else None
        self._keep = keep
        self.lines: list[dict[str, Any]] = []

    def write(self, **line: Any) -> None:
        """Add a line."""
        if self._keep:
            self.lines.append(line)
        if self._file:
            self._file.write(json.dumps(line) + "\n")

    def close(self) -> None:
        """Close the file; the lines in memory stay."""
        if self._file:
            self._file.close()
            self._file = None
