"""Work on all cores: what fails is told, and does not end the rest."""

import os

import pytest
from emgd.signals import SignalFault
from emgd.spot.parallel import processes_for, run_all


def double(number: int) -> int:
    """Some of them go wrong: in a way that is told, and by ending the process."""
    if number == 3:
        raise SignalFault("three is no file")
    if number == 5:
        os._exit(9)
    return 2 * number


def broken(number: int) -> int:
    raise ZeroDivisionError(number)


def test_a_task_that_ends_its_process_does_not_end_the_others():
    told: list[float] = []
    outcomes = dict(run_all(double, range(8), 2, told.append))
    assert {place: outcomes[place] for place in (0, 1, 2, 4, 6, 7)} == {
        place: 2 * place for place in (0, 1, 2, 4, 6, 7)
    }
    assert str(outcomes[3]) == "three is no file"
    assert "the process that worked on it was ended" in str(outcomes[5])
    assert told == [n / 8 for n in range(1, 9)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_of_ours_is_raised(jobs):
    with pytest.raises(ZeroDivisionError):
        list(run_all(broken, range(4), jobs, lambda done: None))


def test_small_files_are_not_worth_processes_and_large_work_is(tmp_path):
    small = tmp_path / "small.npy"
    small.write_bytes(bytes(1000))
    cores = len(os.sched_getaffinity(0))
    assert processes_for(None, [small]) == 1
    assert processes_for(None, [small], 1_000_000) == cores
    assert processes_for(3, [small]) == 3
