"""`Recorder`: keeps everything the daemon publishes in one MCAP file, and never in anyone's way.

Threads: the acquire thread calls `offer`, the control thread `start` and `stop`, anyone `status`.
While a recording runs there are three more: `record` writes, `record-sync` brings it to the disk,
`record-watch` tells of a disk that hangs or fills.
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from emgd import __version__
from emgd.receipt import Receipt
from emgd.recorder.backlog import Backlog
from emgd.recorder.entry import LEFT_OUT, maps, pack_entry, positive, whole
from emgd.recorder.file import Disk, Storage
from emgd.recorder.files import Files, Job
from emgd.recorder.name import NameFault, file_stem, recording_name
from emgd.recorder.room import expected_bytes_per_s
from emgd.recorder.trouble import RecordError, Trouble, little_room, start_failed
from emgd.recorder.watch import Watch
from emgd.recorder.writer import Writer
from emgd.study import Study

LIMIT_BYTES = 1 << 27  # 60 s of 16 channels at 16 kHz; 20 minutes of 8 channels at 1 kHz
PRE_RECORD_S = 30.0
STOP_TIMEOUT_S = 10.0
_NOTHING_FITS_BYTES = 1 << 18

_log = logging.getLogger(__name__)


class Recorder:
    """One recording at a time, in files under `folder`."""

    def __init__(
        self,
        folder: Path,
        storage: Storage | None = None,
        limit_bytes: int = LIMIT_BYTES,
        pre_record_s: float = PRE_RECORD_S,
    ) -> None:
        self.folder = folder
        self.refused = 0  # messages that could not be packed
        self._storage = storage or Disk()
        self._backlog = Backlog(limit_bytes, pre_record_s)
        self._control = threading.Lock()
        self._running: tuple[Writer, Watch] | None = None
        self._ending: Writer | None = None

    @property
    def recording(self) -> bool:
        """Whether a recording was started and not stopped."""
        return self._running is not None

    @property
    def status(self) -> dict[str, Any] | None:
        """What `health` says of the recording; None where there is none. Waits for nothing."""
        running = self._running
        return running[1].status() if running else None

    def offer(self, topic: str, header: Mapping[str, Any], payload: bytes = b"") -> None:
        """Take a message of the stream: never waits for the disk, never raises."""
        if topic in LEFT_OUT:
            return
        try:
            entry = pack_entry(topic, header, payload)
        except (TypeError, ValueError, OverflowError) as fault:
            self.refused += 1
            if self.refused == 1:
                _log.error("a message of topic %s cannot be recorded: %s", topic, fault)
            return
        self._backlog.put(entry, header)

    def start(
        self,
        name: str,
        info: Mapping[str, Any] | None = None,
        study: Study | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> Path:
        """Begin a recording; gives the file in progress, or raises RecordError."""
        with self._control:
            self._check_free()
            job = self._job(_checked(name), info or {}, study)
            self._check_room(meta or {})
            try:
                files = Files(job, self._storage)
            except OSError as fault:
                raise start_failed(fault, self.folder) from fault
            trouble = Trouble()
            writer = Writer(files, self._backlog, trouble)
            self._backlog.begin(job.name, meta)
            writer.start()
            self._running = writer, Watch(files, self._backlog, writer, trouble)
            path = files.last_path
            _log.info("recording to %s", path, extra={"fields": {"recording": path}})
            return files.last_path

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> Receipt:
        """End the recording and tell what is in it; waits at most so long for the disk."""
        with self._control:
            if self._running is None:
                raise RecordError("not_recording", "Nothing is being recorded: start it first.")
            writer, _ = self._running
            self._backlog.end(writer.name)
            receipt = writer.stop(timeout_s)
            self._running = None
            self._ending = writer
        log = _log.info if receipt.verdict == "ok" and not receipt.problems else _log.error
        log("recording ended\n%s", receipt.text())
        return receipt

    def close(self) -> Receipt | None:
        """Stop if something is being recorded."""
        return self.stop() if self.recording else None

    def _check_free(self) -> None:
        if self._running is not None:
            path = self._running[1].status()["path"]
            raise RecordError("busy", f"{path} is being recorded: stop that recording first.")
        if self._ending is not None and not self._ending.ended.is_set():
            raise RecordError(
                "busy", "The recording before is still being closed: the disk does not answer."
            )

    def _check_room(self, meta: Mapping[str, Any]) -> None:
        try:
            free_bytes = self._storage.free_bytes(self.folder)
        except OSError as fault:
            raise start_failed(fault, self.folder) from fault
        if free_bytes < _NOTHING_FITS_BYTES:
            raise RecordError(
                "no_room",
                f"{self.folder} has room for {free_bytes} bytes: nothing can be recorded there."
                " Make room.",
            )
        rate_hz, channels = positive(meta.get("rate_hz")) or 0.0, len(maps(meta.get("channels")))
        packet_samples = whole(meta.get("packet_samples")) or 1
        grows = expected_bytes_per_s(rate_hz, channels, packet_samples)
        minutes = free_bytes / grows / 60
        if minutes < 30:
            _log.warning("%s", little_room(self.folder, minutes, free_bytes))

    def _job(self, name: str, info: Mapping[str, Any], study: Study | None) -> Job:
        started = datetime.now().astimezone()
        about = {
            "name": name,
            "software": f"emgd {__version__}",
            "started": started.isoformat(),
            "started_ns": str(time.time_ns()),
            "pre_record": "messages before the 'recording' message 'start' are from before it",
        }
        metadata = {"recording": about}
        try:
            metadata["info"] = {"json": json.dumps(dict(info))}
        except (TypeError, ValueError) as fault:
            raise RecordError(
                "bad_info", f"`info` has to be a map of plain values: {fault}."
            ) from fault
        if study is not None:
            metadata["study"] = {"json": json.dumps(study.as_map())}
        return Job(self.folder, file_stem(name, started), name, about["software"], metadata)


def _checked(name: str) -> str:
    try:
        return recording_name(name)
    except NameFault as fault:
        raise RecordError("bad_name", str(fault)) from fault
