"""Many pieces of work on all cores; one that fails does not end the others."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TypeVar

from emgd.config import ConfigError
from emgd.signals import SignalFault
from emgd.signals.model import Watch

_WORTH_A_PROCESS = 1 << 24  # bytes to go through: starting one takes as long

Task = TypeVar("Task")
Done = TypeVar("Done")


def processes_for(asked: int | None, paths: Iterable[Path], times: int = 1) -> int:
    """As many as asked for; or as the files are worth, up to all cores."""
    if asked is not None:
        return asked
    size = sum(path.stat().st_size for path in paths if path.is_file())
    return min(len(os.sched_getaffinity(0)), 1 + size * times // _WORTH_A_PROCESS)


def run_all(
    work: Callable[[Task], Done], tasks: Sequence[Task], jobs: int, watch: Watch
) -> Iterator[tuple[int, Done | Exception]]:
    """What came of each task with its place, as they end; of a failed one, its error.

    Errors that say what the user can do are given back; anything else is a fault of ours and is
    raised.
    """
    if jobs == 1 or len(tasks) == 1:
        for place, task in enumerate(tasks):
            yield place, _outcome(work, task)
            watch((place + 1) / len(tasks))
        return
    context = multiprocessing.get_context("forkserver")  # this process may have threads
    context.set_forkserver_preload([work.__module__])  # imported once for all of them
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), context, _in_worker)
    try:
        futures: dict[Future[Done], int] = {
            pool.submit(work, task): place for place, task in enumerate(tasks)
        }
        for done, future in enumerate(as_completed(futures), 1):
            yield futures[future], _outcome(lambda _: future.result(), None)
            watch(done / len(tasks))
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise


def _outcome(work: Callable[[Task], Done], task: Task) -> Done | Exception:
    try:
        return work(task)
    except (SignalFault, ConfigError) as fault:
        return fault
    except BrokenProcessPool:
        return SignalFault("the process that worked on it was ended: is there memory enough?")


def _in_worker() -> None:
    """Ctrl-C is for the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
