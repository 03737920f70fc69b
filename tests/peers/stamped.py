"""The stamped board as a process."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CHILDREN = Path(__file__).parent / "children"


class Stamped:
    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(CHILDREN / "stamped_board.py"), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()

    @property
    def address(self) -> list[str]:
        """Host and port."""
        return self.url.removeprefix("tcp://").split(":")

    def end(self) -> dict[str, Any]:
        """End it, and give what it knows."""
        told, _ = self._process.communicate("")
        knows: dict[str, Any] = json.loads(told)
        return knows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
