"""`emgd spot` of a recording tells what the daemon told while it was recorded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.daemon import Waiting
from support.stream import Message

SAMPLES = 40_000
PLACES = ("id", "channel", "also", "onset", "apex", "offset", "kind", "aus", "emotions")
NUMBERS = ("duration_ms", "peak_uv", "iemg", "au_scores", "emotion_scores")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Message]]:
    """40 s of a face whose line loses packets, with what the daemon told of them."""
    folder = tmp_path_factory.mktemp("recorded")
    with (
        Waiting(folder, "--record-dir", str(folder), filter__mains_hz=50) as daemon,
        daemon.listening() as subscriber,
    ):
        assert daemon.ask("record.start", name="face")["ok"]
        options = {"seed": 7, "hum_uv": 5, "fault": "drop=400", "speed": "max"}
        with daemon.board(folder, samples=SAMPLES, **options):
            subscriber.until(
                lambda got: got.topic == "raw" and got.end >= SAMPLES, "all samples", 60.0
            )
            stopped = daemon.ask("record.stop")
    assert stopped["gaps"] > 3
    return Path(stopped["path"]), subscriber.of("interval")


def test_the_events_are_those_of_the_live_stream(recorded: tuple[Path, list[Message]]) -> None:
    path, live = recorded
    spotted = subprocess.run(
        [sys.executable, "-m", "emgd", "spot", str(path), "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    found = [json.loads(line) for line in spotted.stdout.splitlines()]
    assert len(live) >= 3
    assert len(found) >= len(live)  # a file ends, and with it what was under way
    for told, event in zip(live, found, strict=False):
        assert {key: event[key] for key in PLACES} == {key: told[key] for key in PLACES}
        for key in NUMBERS:
            assert event[key] == pytest.approx(told[key], rel=1e-12)
