"""Seconds without an electrode, as `health` tells them."""

from emgd.recorder.tally import Tally

ON, OFF = {"p": False, "n": False}, {"p": False, "n": True}


def test_only_electrodes_that_are_off_count() -> None:
    tally = Tally()
    tally.add("meta", 0, {"channels": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}, b"")
    tally.add("recording", 0, {"event": "start", "t_ns": 0}, b"")
    for second in range(1, 6):
        health = {"lead_off": [ON, OFF if second > 2 else ON, None]}
        tally.add("health", second * 10**9, health, b"")
    (bad,) = tally.receipt("name", ["path"], 0).bad_channels
    assert (bad.name, bad.lead_off_s) == ("b", 3.0)
