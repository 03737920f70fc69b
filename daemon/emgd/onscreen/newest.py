"""`Newest`: the newest tick of a daemon, and why there is none; no I/O."""

from emgd.client import Header, Message
from emgd.watch.fields import text, whole

TOPICS = ("tick",)
STALE_S = 1.0  # four times the slowest tick; stalls of Wi-Fi are half as long
ANSWERED_S = 3.0


class Newest:
    """What a feed keeps up to date for the screen."""

    def __init__(self) -> None:
        self.control = ""
        self.stream = ""
        self.missed = 0
        self.unreadable = 0
        self.tick: Header = {}
        self.number: int | None = None
        self.heard = False  # anything, ever
        self._ticked_s: float | None = None
        self._answered_s: float | None = None
        self._state = ""

    def take(self, message: Message, now_s: float) -> None:
        """Take a tick."""
        number = whole(message.header.get("number"))
        if number is None:
            self.unreadable += 1
            return
        self.tick, self.number = message.header, number
        self._ticked_s = now_s
        self.heard = True

    def take_status(self, answer: Header, now_s: float) -> None:
        """Take the daemon's answer to `status`."""
        self._answered_s = now_s
        self._state = text(answer.get("state"))
        self.heard = True

    def stale(self, now_s: float) -> bool:
        """Whether the number is no longer what the daemon counts."""
        return self._ticked_s is None or now_s - self._ticked_s > STALE_S

    def trouble(self, now_s: float) -> str:
        """Why there is no number; empty where there is one."""
        if not self.stale(now_s):
            return ""
        if self._answered_s is None or now_s - self._answered_s > ANSWERED_S:
            return f"no daemon at {self.control}: waiting for it"
        if self._state == "streaming":
            return f"samples come, and no tick yet from {self.stream} (--stream names another)"
        return "the daemon waits for its board"
