"""What `make peers` measures with: a spoilt line, and every value held against the ramp."""

import pytest

from tests.peers.faults import Case, garbage, run, short

PLACES = 1000


@pytest.mark.parametrize(
    ("case", "missing", "broken"),
    [
        (Case("a byte more", PLACES, spoil=garbage(at=300)), 1, 1),
        (Case("a byte less", PLACES, spoil=short(at=30), packet_samples=20), 20, 1),
        (Case("none", PLACES), 0, 0),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_fault_costs_its_own_packets(case: Case, missing: int, broken: int) -> None:
    _, got, wrong, holes, gaps, health, *_ = run(case)
    rows, places = map(int, got.split(" of "))
    assert (wrong, int(holes), places - rows) == ("0", missing, missing)
    assert gaps == (f"lost {missing}" if missing else "-")
    assert health == (f"`lost` {missing}, `bad_frames` {broken}" if broken else "-")
