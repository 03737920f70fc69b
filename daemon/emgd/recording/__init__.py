"""Reading a recording back: `emgd.recording.open(path)`."""

from emgd.recording.reader import Message, Recording, RecordingFault, open

__all__ = ["Message", "Recording", "RecordingFault", "open"]
