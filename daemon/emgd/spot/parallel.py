"""Many pieces of work on all cores; one that fails does not end the others."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from emgd.config import ConfigError
from emgd.signals import SignalFault
from emgd.signals.model import Watch

Task = TypeVar("Task")
Done = TypeVar("Done")


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def run_all(
    work: Callable[[Task], Done], tasks: Sequence[Task], jobs: int, watch: Watch
) -> Iterator[tuple[int, Done | Exception]]:
    """What came of each task with its place, as they end; of a failed one, its error.

    Errors that say what the user can do are given back; anything else is a fault of ours and is
    raised.
    """
    context = multiprocessing.get_context("spawn")  # the parent has threads of its libraries
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), context, _in_worker)
    try:
        futures: dict[Future[Done], int] = {
            pool.submit(work, task): place for place, task in enumerate(tasks)
        }
        for done, future in enumerate(as_completed(futures), 1):
            yield futures[future], _outcome(future.result)
            watch(done / len(tasks))
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise


def _outcome(result: Callable[[], Done]) -> Done | Exception:
    try:
        return result()
    except (SignalFault, ConfigError) as fault:
        return fault
    except BrokenProcessPool:
        return SignalFault("the process that worked on it was ended: is there memory enough?")


def _in_worker() -> None:
    """Ctrl-C is for the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
