"""A well-closed file out of a torn one; the torn one stays as it is."""

import fcntl
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgpack

from emgd import __version__
from emgd.receipt import Receipt
from emgd.recorder.entry import unpack_entry
from emgd.recorder.mcap import McapWriter, Schemas
from emgd.recorder.name import final_path
from emgd.recorder.schemas import schema_of
from emgd.recorder.tally import Tally
from emgd.recording import Recording, RecordingFault
from emgd.recording.walk import Walk


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came of it."""

    receipt: Receipt
    bad_chunks: int
    unread_bytes: int
    was_closed: bool


def recovered_path(torn: Path) -> Path:
    """Where the well-closed file goes when nobody says: the name without `.part`."""
    plain = final_path(torn)
    return plain if plain != torn else torn.with_name(f"{torn.stem}_recovered{torn.suffix}")


def recover(source: Path, target: Path, progress: Callable[[float], None]) -> Recovered:
    """Copy all whole messages as they are, and close the file; `progress` gets 0 to 1."""
    recording = Recording(source)
    tally, size = Tally(), max(1, source.stat().st_size)
    try:
        with source.open("rb") as torn:
            _refuse_unfinished(torn, source)
        with source.open("rb") as torn, target.open("xb") as whole:
            walk = Walk(torn)
            chunks = walk.chunks()
            first = next(chunks, [])  # layouts and metadata stand before it
            writer = McapWriter(whole.write, _layouts(walk))
            writer.begin(f"emgd {__version__} recover", walk.metadata)
            for entries in chain([first] if first else [], chunks):
                writer.chunk(entries)
                for topic, log_ns, _, data in entries:
                    tally.add(topic, log_ns, *unpack_entry(data))
                progress(torn.tell() / size)
            writer.finish()
    except FileExistsError as fault:
        raise RecordingFault(f"{target} exists already: name another file with --out.") from fault
    except OSError as fault:
        target.unlink(missing_ok=True)
        raise RecordingFault(f"{target} could not be written: {fault.strerror}.") from fault
    except (ValueError, msgpack.UnpackException) as fault:
        target.unlink(missing_ok=True)
        raise RecordingFault(
            f"{source} holds messages that are no msgpack maps: emgd did not write it."
        ) from fault
    receipt = tally.receipt(recording.name, [str(target)], target.stat().st_size)
    return Recovered(receipt, walk.bad_chunks, walk.unread_bytes, walk.closed)


def _refuse_unfinished(torn: BinaryIO, source: Path) -> None:
    """Whoever still records into the file holds its lock."""
    try:
        fcntl.flock(torn, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        raise RecordingFault(
            f"{source} is still being recorded: stop it first (emgd record stop)."
        ) from fault
    except OSError:
        return  # not every file system has locks


def _layouts(walk: Walk) -> Schemas:
    """The layouts as the torn file describes them; ours only where it says nothing."""

    def layout(topic: str) -> tuple[str, bytes]:
        for channel in walk.channels.values():
            if channel.topic == topic and (schema := walk.schemas.get(channel.schema_id)):
                return schema.name, schema.data
        return schema_of(topic)

    return layout
