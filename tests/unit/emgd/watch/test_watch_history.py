import numpy as np
from emgd.watch.history import BINS_KEPT, History
from hypothesis import given, settings
from hypothesis import strategies as st

SECOND_NS = 10**9


def block(*rows):
    return np.array(rows, np.float32)


def test_a_bin_holds_the_highest_of_its_fifty_milliseconds():
    history = History(2, 1000)
    rows = np.zeros((100, 2), np.float32)
    rows[49] = [7, 1]
    rows[50] = [3, 9]
    history.add(0, SECOND_NS, 1e6, rows)
    assert history.window(2, history.newest).tolist() == [[7, 1], [3, 9]]
    assert history.peak(2).tolist() == [7, 9]
    assert history.last.tolist() == [0, 0]


def test_bins_know_their_time_and_sample():
    history = History(1, 1000)
    history.add(120, SECOND_NS, 1e6, np.ones((100, 1), np.float32))
    assert (history.oldest, history.newest) == (2, 4)
    # The bin from sample 100 on begins to be known at 120, the next at 150: 30 ms later.
    assert history.t_ns(2) == SECOND_NS
    assert history.t_ns(3) == SECOND_NS + 30_000_000
    assert history.sample(3) == 150
    assert history.t_ns(1) is None
    assert history.t_ns(5) is None


def test_lost_samples_keep_their_place():
    history = History(1, 1000)
    history.add(0, 0, 1e6, np.full((50, 1), 5, np.float32))
    history.add(200, 0, 1e6, np.full((50, 1), 6, np.float32))
    window = history.window(5, history.newest)[:, 0]
    assert window[[0, 4]].tolist() == [5, 6]
    assert np.isnan(window[1:4]).all()


def test_samples_that_come_twice_count_once():
    history = History(1, 1000)
    history.add(0, 0, 1e6, block([1], [2], [3]))
    history.add(1, 0, 1e6, block([90], [90], [4]))
    history.add(0, 0, 1e6, block([99]))
    assert history.peak(1).tolist() == [4]
    assert history.next_sample == 4


def test_a_jump_beyond_all_that_is_kept_leaves_only_what_is_new():
    history = History(1, 1000)
    history.add(0, 0, 1e6, block([1]))
    far = 2**61
    history.add(far, 0, 1e6, block([2]))
    assert history.newest == far // 50
    assert np.nansum(history.window(BINS_KEPT, history.newest)) == 2


def test_what_is_no_number_is_no_peak():
    history = History(1, 1000)
    history.add(0, 0, 1e6, block([np.inf], [3], [np.nan], [-np.inf]))
    assert history.peak(1).tolist() == [3]
    assert np.isnan(history.last).all()


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 400)), min_size=1, max_size=20),
    st.integers(20, 4000),
)
def test_agrees_with_a_plain_table_of_samples(blocks, rate_hz):
    """Each block skips some samples and carries some; the value of a sample is its index."""
    history = History(1, rate_hz)
    known, first = {}, 0
    for skipped, n in blocks:
        first += skipped
        values = np.arange(first, first + n, dtype=np.float32)
        history.add(first, SECOND_NS, 1.0, values.reshape(n, 1))
        for sample in range(first, first + n):
            known[sample // history.bin_samples] = float(sample)
        first += n
    window = history.window(BINS_KEPT, history.newest)[::-1, 0]
    kept = {history.newest - back: value for back, value in enumerate(window) if value == value}
    assert kept == {place: v for place, v in known.items() if place > history.newest - BINS_KEPT}
