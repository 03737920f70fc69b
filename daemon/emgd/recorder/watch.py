"""Looks at a recording twice a second: is the disk awake, does the room last, is all kept?"""

import logging
import threading
import time
from typing import Any

from emgd.recorder.backlog import Backlog
from emgd.recorder.files import Files
from emgd.recorder.room import Room
from emgd.recorder.trouble import Trouble, little_room, overflowing, stalled
from emgd.recorder.writer import Writer

_WATCH_S = 0.5
_STALL_S = 2.0

_log = logging.getLogger(__name__)


class Watch:
    """A thread that never touches a file, so that it can tell of one that hangs."""

    def __init__(self, files: Files, backlog: Backlog, writer: Writer, trouble: Trouble) -> None:
        self._files = files
        self._backlog = backlog
        self._writer = writer
        self._writing = trouble  # of the writer
        self._keeping = Trouble()  # of the disk being slow
        self._room = Room()
        self._minutes_left: float | None = None
        self._warned = False
        self._free_bytes: int | None = None
        threading.Thread(target=self._run, name="record-watch", daemon=True).start()

    def status(self) -> dict[str, Any]:
        """A snapshot for `health`; touches no file and waits for nothing."""
        wrong = self._writing if self._writing.sentence else self._keeping
        minutes = self._minutes_left
        return {
            "path": str(self._files.last_path),
            "samples": self._writer.tally.samples,
            "bytes": self._files.size,
            "free_bytes": self._free_bytes,
            "seconds": round(self._writer.tally.seconds, 3),
            "parts": len(self._files.paths),
            "lost": self._backlog.lost_samples,
            "waiting_bytes": self._backlog.waiting_bytes,
            "minutes_left": None if minutes is None else round(minutes, 1),
            "problem": wrong.sentence,
            "problem_since_ns": wrong.since_ns,
            "warning": self._warning(),
        }

    def _run(self) -> None:
        while not self._writer.ended.wait(_WATCH_S):
            self._look_at_disk()
            self._look_at_room()
        if self._writer.broke_down:
            self._writing.begin(
                "The recorder ended by a fault of its own. What was written is readable: stop the"
                " recording, start a fresh one, and send us the log."
            )

    def _look_at_disk(self) -> None:
        part = self._files.part
        stalled_s = part.stalled_s if part is not None else 0.0
        if self._backlog.overflowing:
            sentence = overflowing(self._files.job.folder, self._backlog.lost_samples)
            self._tell(sentence)
        elif stalled_s > _STALL_S:
            self._tell(stalled(self._files.job.folder, stalled_s, self._backlog.waiting_bytes))
        elif self._keeping.sentence is not None:
            since_s = (time.time_ns() - (self._keeping.since_ns or 0)) / 1e9
            _log.warning("the disk answers again, after %.1f s", since_s)
            self._keeping.end()

    def _tell(self, sentence: str) -> None:
        """The sentence changes as time goes on; the log needs it once."""
        if self._keeping.sentence is None:
            self._keeping.begin(sentence)
            self._writing.history.append(sentence)
        self._keeping.sentence = sentence

    def _look_at_room(self) -> None:
        part = self._files.part
        self._free_bytes = part.free_bytes if part is not None else self._free_bytes
        if self._free_bytes is None:
            return
        self._minutes_left = self._room.minutes_left(
            time.monotonic(), self._files.size, self._free_bytes
        )
        warning = self._warning()
        if warning and not self._warned:
            _log.warning("%s", warning)
        self._warned = bool(warning)

    def _warning(self) -> str | None:
        if not self._room.low or self._minutes_left is None:
            return None
        return little_room(self._files.job.folder, self._minutes_left, self._free_bytes or 0)
