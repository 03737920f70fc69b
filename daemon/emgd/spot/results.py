"""The results of some files in the order of the files, however many are worked on at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from emgd.config import ConfigError
from emgd.export.progress import Bar
from emgd.signals import SignalFault
from emgd.spot.order import Order, Result
from emgd.spot.parallel import processes_for, run_all
from emgd.spot.work import spot

Outcome = Result | Exception


def in_order(orders: Sequence[Order], asked: int | None) -> Iterator[tuple[Path, Outcome]]:
    """What came of each file; where one failed, why."""
    jobs = processes_for(asked, [order.path for order in orders])
    if len(orders) == 1 or jobs == 1:
        for order in orders:
            yield order.path, _one(order)
        return
    waiting: dict[int, Outcome] = {}
    due = 0
    with Bar(f"spotting in {len(orders)} files") as bar:
        for place, outcome in run_all(spot, orders, jobs, bar):
            waiting[place] = outcome
            while due in waiting:
                yield orders[due].path, waiting.pop(due)
                due += 1


def _one(order: Order) -> Outcome:
    try:
        with Bar(f"spotting in {order.path.name}") as bar:
            return spot(order, bar)
    except (SignalFault, ConfigError) as fault:
        return fault
