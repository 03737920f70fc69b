"""What may be asked of the recorder: start and stop, answered when the disk has answered."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from emgd import study
from emgd.recorder.name import NameFault, recording_name
from emgd.recorder.recorder import Recorder
from emgd.recorder.trouble import RecordError
from emgd.settings import Record
from emgd.shared import Shared

_NAME_PARTS = ("name", "participant", "session", "task", "run")


class Recordings:
    """Starts and stops recordings in a thread of its own: a disk that hangs delays nobody."""

    def __init__(self, settings: Record, shared: Shared) -> None:
        self.recorder = Recorder(Path(settings.dir)) if settings.dir else None
        self._settings = settings
        self._shared = shared
        self._asked = ThreadPoolExecutor(max_workers=1, thread_name_prefix="record-ask")

    def change(self, settings: Record) -> None:
        """Go on with other settings, from the next recording on; the folder stays."""
        self._settings = settings

    def begin(self) -> None:
        """Record from the start, where the settings say so; raises RecordError."""
        if self._settings.start:
            self._start({"name": self._settings.start})

    def start(self, request: Mapping[str, Any]) -> "Future[dict[str, Any]]":
        """Start a recording; gives its path."""
        return self._asked.submit(self._start, request)

    def stop(self, _request: Mapping[str, Any]) -> "Future[dict[str, Any]]":
        """Stop the recording; gives its receipt."""
        return self._asked.submit(lambda: self._folder().stop().as_map())

    def close(self) -> None:
        """End what is being recorded."""
        self._asked.shutdown()
        if self.recorder is not None:
            self.recorder.close()

    def _start(self, request: Mapping[str, Any]) -> dict[str, Any]:
        recorder = self._folder()
        info = request.get("info")
        if info is not None and not isinstance(info, dict):
            raise RecordError("bad_info", "record.start: info must be a map")
        try:
            name = recording_name(**{part: request.get(part) for part in _NAME_PARTS})
            described = study.load(Path(self._settings.study)) if self._settings.study else None
        except NameFault as fault:
            raise RecordError("bad_name", f"record.start: {fault}") from fault
        except study.StudyFault as fault:
            raise RecordError("bad_study", str(fault)) from fault
        path = recorder.start(name, info=info, study=described, meta=self._shared.meta)
        return {"path": str(path)}

    def _folder(self) -> Recorder:
        if self.recorder is None:
            raise RecordError(
                "no_folder",
                "the daemon has no folder to record into: start it with --record-dir DIR",
            )
        return self.recorder
