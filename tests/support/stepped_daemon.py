"""`emgd run` on a PC whose clock is set by who holds its standard input: a line of seconds each."""

import sys
import threading
import time

from emgd.app import Daemon
from emgd.config import load
from emgd.logs import begin_log
from emgd.wallclock import WallClock


class PcClock:
    def __init__(self) -> None:
        self.set_by_ns = 0

    def wall_ns(self) -> int:
        return time.time_ns() + self.set_by_ns


def main() -> None:
    source, stream, control = sys.argv[1:]
    begin_log("info")
    clock = PcClock()
    settings = load(None, [], source=source, stream=[stream], control=control, tube="none:")
    daemon = Daemon(settings, WallClock(clock.wall_ns))
    ended = threading.Event()

    def obey() -> None:
        for line in sys.stdin:
            clock.set_by_ns += round(float(line) * 1e9)
        ended.set()

    threading.Thread(target=obey, daemon=True).start()
    daemon.run(lambda: not ended.is_set())


main()
