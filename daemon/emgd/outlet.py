"""Where messages leave: for the stream, and for the recording if there is one."""

from collections.abc import Callable, Mapping
from typing import Any

from emgd.messages import EMG, ENV, Header, Sequence, pack
from emgd.publish import Publisher
from emgd.recorder.recorder import Recorder


class Outlet:
    """Numbers every message, publishes it and offers it to the recorder. Used by one thread."""

    def __init__(
        self, publisher: Publisher, session: str, recorder: Recorder | None = None
    ) -> None:
        self._publisher = publisher
        self._sequence = Sequence(session)
        self._recorder = recorder

    @property
    def dropped(self) -> int:
        """How often a subscriber was full."""
        return self._publisher.dropped

    @property
    def recording(self) -> Header | None:
        """What `health` says of the recording under way."""
        return self._recorder.status if self._recorder is not None else None

    def send(self, topic: str, fields: Mapping[str, Any]) -> Header:
        """Publish and record a message that carries no samples."""
        header = self.publish(topic, fields)
        self.keep(topic, header)
        return header

    def publish(
        self, topic: str, fields: Mapping[str, Any], payload: bytes | memoryview = b""
    ) -> Header:
        """Publish only; gives the whole header."""
        header = self._sequence.head(topic, fields)
        self._publisher.send(topic.encode(), pack(header), payload)
        return header

    def publish_filtered(self, fields: Mapping[str, Any], emg: memoryview, env: memoryview) -> None:
        """Publish both outcomes of the chain: they go out together, so one header serves both."""
        packed = pack(self._sequence.head(EMG, fields))
        self._publisher.send(EMG.encode(), packed, emg)
        self._publisher.send(ENV.encode(), packed, env)

    def keep(self, topic: str, header: Header, payload: bytes = b"") -> None:
        """Offer a message to the recorder."""
        if self._recorder is not None:
            self._recorder.offer(topic, header, payload)

    def serve(self, meta: Callable[[], bytes | None]) -> None:
        """Grant the subscriptions that came."""
        self._publisher.serve(meta)

    def close(self, linger_s: float = 0.0) -> None:
        """Give the endpoints back once the last messages are out, or the time is over."""
        self._publisher.linger_s = linger_s
        self._publisher.close()
