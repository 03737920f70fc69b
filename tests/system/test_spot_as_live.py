"""`emgd spot` of a recording tells what the daemon told while it was recorded."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from emgd.signals import Wanted
from emgd.spot.order import Order
from emgd.spot.work import spot
from support.control import done
from support.daemon import Waiting
from support.stream import Message

SAMPLES = 60_000
MVC_UV = [400.0, 300.0, None, 250.0, 350.0, 200.0, 150.0, None]
SPEED = 12  # so that what is changed on the way is changed in the middle
PLACES = ("id", "channel", "also", "onset", "apex", "offset", "kind", "aus", "emotions", "flags")
NUMBERS = ("duration_ms", "peak_uv", "iemg", "au_scores", "emotion_scores")

Recorded = tuple[Path, list[Message]]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A minute of a face whose line loses packets, with what the daemon told of it.

    Maximum contractions and settings of the spotter come while it is recorded.
    """
    folder = tmp_path_factory.mktemp("recorded")
    with (
        Waiting(folder, "--record-dir", str(folder), filter__mains_hz=50) as daemon,
        daemon.listening() as heard,
    ):
        assert daemon.ask("record.start", name="face")["ok"]
        options = {"seed": 7, "hum_uv": 5, "fault": "drop=400", "speed": SPEED}
        with daemon.board(folder, samples=SAMPLES, expressions_per_min=30, **options):
            for sample, do, fields in (
                (20_000, "mvc.set", {"mvc_uv": MVC_UV}),
                (30_000, "spotter.set", {"threshold": 9.0, "blinks": False, "shortest_ms": 150}),
                (45_000, "spotter.set", {"threshold": 2.0, "floor_pct": 5.0}),
                (SAMPLES, "record.stop", {}),
            ):
                heard.until(
                    lambda got, to=sample: got.topic == "raw" and got.end >= to, "samples", 60.0
                )
                answer = done(daemon.control, do, **fields)
    assert answer["gaps"] > 3
    return Path(answer["path"]), heard.of("interval")


def test_the_events_are_those_of_the_live_stream(recorded: Recorded) -> None:
    path, live = recorded
    spotted = subprocess.run(
        [sys.executable, "-m", "emgd", "spot", str(path), "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    found = [json.loads(line) for line in spotted.stdout.splitlines()]
    assert len(live) >= 12
    assert len(found) >= len(live)  # a file ends, and with it what was under way
    for told, event in zip(live, found, strict=False):
        assert {key: event[key] for key in PLACES} == {key: told[key] for key in PLACES}
        for key in NUMBERS:
            assert event[key] == pytest.approx(told[key], rel=1e-12)
    shares = [(event["mvc_pct"], told["mvc_pct"]) for event, told in zip(found, live, strict=False)]
    known = [(here, there) for here, there in shares if there is not None]
    assert [here for here, there in shares if there is None] == [None] * (len(live) - len(known))
    assert [here for here, _ in known] == pytest.approx([there for _, there in known], rel=1e-12)
    assert shares[0][1] is None
    assert len(known) >= 4


def test_what_the_user_says_stands_above_what_came_on_the_way(recorded: Recorded) -> None:
    path, live = recorded
    assert _places(_spotted(path)) >= _places(live)
    for said in ("spotter.threshold=3.3", "spotter.blinks=true"):
        assert _places(_spotted(path, said)) != _places(_spotted(path)), said
    louder = Wanted(mvc_uv=(1000.0,) * 8)
    for event in _spotted(path, wanted=louder):
        assert event["mvc_pct"] == pytest.approx(event["peak_uv"] / 10)


def _spotted(path: Path, *sets: str, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    return spot(Order(path, wanted or Wanted(), sets=sets)).events


def _places(events: list[Any]) -> set[tuple[int, int, str]]:
    return {(event["onset"], event["offset"], event["kind"]) for event in events}
