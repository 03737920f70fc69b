"""The daemon's acquisition with a source that notes when each packet had arrived."""

import json
import sys
import threading
import time

import zmq
from ads1299.block import Block
from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from emgd.acquire import Acquire
from emgd.outlet import Outlet
from emgd.publish import Publisher
from emgd.route import Setup
from emgd.shared import Shared
from mcubridge.line import Dial


class Stamped(LinkedSource):
    def __init__(self, opener: Dial, plan: BoardPlan) -> None:
        super().__init__(opener, plan)
        self.arrivals: dict[int, int] = {}

    def read(self, timeout_s: float) -> Block | None:
        block = super().read(timeout_s)
        if block is not None:
            self.arrivals[block.first] = block.arrival_ns
        return block


def main() -> None:
    endpoint, host, port = sys.argv[1:]
    source = Stamped(Dial(host, int(port)), BoardPlan())
    publisher = Publisher(zmq.Context.instance(), [endpoint], 5000)
    shared = Shared(time.time_ns() - time.monotonic_ns())
    acquire = Acquire(source, source, Outlet(publisher, "bench"), shared, Setup())
    thread = threading.Thread(target=acquire.run)
    thread.start()
    sys.stdin.read()
    acquire.stopping = True
    thread.join()
    json.dump(source.arrivals, sys.stdout)


main()
