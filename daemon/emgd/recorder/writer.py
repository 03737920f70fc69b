"""One recording from start to stop: the thread that empties the backlog into files."""

import logging
import threading
import time
from collections import deque
from dataclasses import replace
from itertools import islice
from pathlib import Path

from emgd.receipt import Receipt
from emgd.recorder.backlog import Backlog
from emgd.recorder.entry import Entry, unpack_entry, whole
from emgd.recorder.files import Files
from emgd.recorder.part import Part
from emgd.recorder.tally import Tally
from emgd.recorder.trouble import Trouble, is_full, writing_failed

CHUNK_S = 0.1  # a killed process loses what came since the last chunk
_CHUNK_BYTES = 1 << 18
_RETRY_S = 1.0
_SPARE_BYTES = 1 << 18
_ENOUGH_BYTES = 1 << 24  # with this much room a fresh file is begun, however much is waiting

_log = logging.getLogger(__name__)


class Writer:
    """Runs from `start` to `stop`; a message leaves the backlog only once it is in a file."""

    def __init__(self, files: Files, backlog: Backlog, trouble: Trouble) -> None:
        self.tally = Tally()
        self.ended = threading.Event()
        self._files = files
        self._backlog = backlog
        self._trouble = trouble
        self._lock = threading.Lock()  # holds the tally still while it is read
        self._pending: deque[Entry] = deque()
        self._meta: Entry | None = None
        self._retry_at_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="record", daemon=True)

    @property
    def name(self) -> str:
        """What the recording is called."""
        return self._files.job.name

    @property
    def broke_down(self) -> bool:
        """Whether the thread ended without being told to."""
        return self.ended.is_set() and not self._stopping.is_set()

    def start(self) -> None:
        """Begin to empty the backlog."""
        self._thread.start()

    def stop(self, timeout_s: float) -> Receipt:
        """Write what is left and close the file; gives up waiting for a disk that hangs."""
        self._stopping.set()
        if not self.ended.wait(timeout_s):
            self._trouble.note(
                f"The disk did not answer for {timeout_s:.0f} s at the end:"
                f" {self._files.last_path} is not closed. It is readable as it is;"
                " `emgd recover` makes a well-closed file of it."
            )
        return self.receipt()

    def receipt(self) -> Receipt:
        """What is in the files so far."""
        files = self._files
        with self._lock:
            paths = [str(path) for path in files.paths]
            told = self.tally.receipt(files.job.name, paths, files.size)
        return replace(told, problems=tuple(self._trouble.history))

    def _run(self) -> None:
        try:
            while not self._stopping.wait(CHUNK_S):
                self._turn(last=False)
            self._turn(last=True)
            self._close()
        finally:
            self.ended.set()

    def _turn(self, last: bool) -> None:
        self._pending.extend(self._backlog.take())
        part = self._files.part
        if part is not None and part.fault is not None:
            self._fail(part, part.fault)
        tries = 1  # at the very end a file that fails at once must not be followed by more
        while self._pending or (self._files.part is None and not last):
            part = self._files.part
            if part is None and tries:
                part = self._go_on(last)
                tries -= 1
            if part is None:
                return
            self._write(part)

    def _write(self, part: Part) -> None:
        chunk = self._next_chunk()
        try:
            part.write(chunk)
        except OSError as fault:
            self._fail(part, fault)
            return
        for _ in chunk:
            self._pending.popleft()
        self._backlog.done(chunk)
        with self._lock:
            for entry in chunk:
                self._count(part, entry)

    def _next_chunk(self) -> list[Entry]:
        size, count = 0, 0
        for entry in self._pending:
            size += len(entry.data)
            count += 1
            if size > _CHUNK_BYTES:
                break
        return list(islice(self._pending, count))

    def _count(self, part: Part, entry: Entry) -> None:
        header, payload = unpack_entry(entry.data)
        self.tally.add(entry.topic, entry.log_ns, header, payload)
        if entry.topic == "meta":
            self._meta = entry
        elif entry.topic == "raw":
            part.place(whole(header.get("first")) or 0, whole(header.get("n")) or 0)

    def _fail(self, part: Part, fault: OSError) -> None:
        """The file in progress cannot go on: tell it, and try a fresh one from here on."""
        self._files.set_aside()
        self._retry_at_s = time.monotonic() + _RETRY_S
        self._trouble.begin(writing_failed(fault, part.path))
        self._backlog.cause = self._trouble.sentence or ""

    def _go_on(self, last: bool) -> Part | None:
        """A fresh file, once it can go well."""
        if time.monotonic() < self._retry_at_s and not last:
            return None
        self._retry_at_s = time.monotonic() + _RETRY_S
        cause = self._trouble.sentence or ""
        try:
            if not last and self._files.free_bytes() < self._needed_bytes():
                return None
            part, said, lost = self._files.go_on(cause)
        except OSError as fault:
            if not is_full(fault):
                self._trouble.begin(writing_failed(fault, self._files.last_path))
            return None
        self._say(said, lost)
        self._trouble.end()
        _log.warning("the recording goes on in %s", part.path)
        return part

    def _needed_bytes(self) -> int:
        waiting = sum(len(entry.data) for entry in self._pending)
        return min(waiting, _ENOUGH_BYTES) + _SPARE_BYTES

    def _say(self, said: list[dict[str, object]], lost: int) -> None:
        """Put at the head of a fresh file what a reader of it alone has to know."""
        if lost:
            self._trouble.note(f"{lost} samples are gone with their file.")
            with self._lock:
                self.tally.take_back(lost)
        topics = ("recording", "gap")
        head = [
            self._backlog.own(topic, header) for topic, header in zip(topics, said, strict=False)
        ]
        head = [self._meta, *head] if self._meta else head
        self._backlog.adopt(head)
        self._pending.extendleft(reversed(head))

    def _close(self) -> None:
        self._give_up()
        last = self._files.last_path
        try:
            last = self._files.close()
        except OSError as fault:
            self._trouble.note(f"{writing_failed(fault, last)} The file keeps its suffix .part.")
        self._leave_receipt(last)

    def _give_up(self) -> None:
        """What could not be written up to the end is lost."""
        left = list(self._pending)
        self._pending.clear()
        self._backlog.done(left)
        raw = [unpack_entry(entry.data)[0] for entry in left if entry.topic == "raw"]
        lost = sum(whole(header.get("n")) or 0 for header in raw)
        if left:
            with self._lock:
                self.tally.lose(lost)
            self._trouble.note(
                f"The last {lost} samples could not be written. {self._trouble.sentence or ''}"
            )

    def _leave_receipt(self, path: Path) -> None:
        name = path.name.removesuffix(".part").removesuffix(".mcap")
        try:
            text = self.receipt().text()
            self._files.write_text(path.with_name(f"{name}.receipt.txt"), text)
        except OSError as fault:
            _log.warning("the receipt could not be written beside %s: %s", path, fault)
