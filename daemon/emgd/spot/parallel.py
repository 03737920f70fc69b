"""Many pieces of work on all cores; one that fails does not end the others."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
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
    context = _fork_server(work.__module__)
    again: list[int] = []
    done = 0
    with _workers(min(jobs, len(tasks)), context) as pool:
        with _ctrl_c_waits():
            futures = {pool.submit(work, task): place for place, task in enumerate(tasks)}
        for future in as_completed(futures):
            if isinstance(future.exception(), BrokenProcessPool):
                again.append(futures[future])
                continue
            yield futures[future], _outcome(_result, future)
            watch((done := done + 1) / len(tasks))
    # one of them ended its process, and with it all that were under way: each on its own
    for place in again:
        with _workers(1, context) as pool:
            with _ctrl_c_waits():
                future = pool.submit(work, tasks[place])
            yield place, _outcome(_result, future)
        watch((done := done + 1) / len(tasks))


def _fork_server(module: str) -> ForkServerContext:
    """Where workers come from: this process may have threads, and cannot be forked itself."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])  # imported once for all of them
    resource_tracker.ensure_running()  # unblocks Ctrl-C when it starts, so it has to be first
    with _ctrl_c_waits():
        forkserver.ensure_running()
    return context


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Processes that begin meanwhile never hear of Ctrl-C: it is for this one, which ends them.

    Here it counts at the end, when all that were begun are known. Threads of libraries may take the
    signal in spite of the mask, so the handler has to wait as well.
    """
    came: list[int] = []
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    handler = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if came:
        raise KeyboardInterrupt


@contextmanager
def _workers(count: int, context: ForkServerContext) -> Iterator[ProcessPoolExecutor]:
    """Processes that end at once where something goes wrong here."""
    pool = ProcessPoolExecutor(count, context)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    pool.shutdown()


def _result(future: Future[Done]) -> Done:
    return future.result()


def _outcome(work: Callable[[Task], Done], task: Task) -> Done | Exception:
    try:
        return work(task)
    except (SignalFault, ConfigError) as fault:
        return fault
    except BrokenProcessPool:
        return SignalFault("the process that worked on it was ended: is there memory enough?")
