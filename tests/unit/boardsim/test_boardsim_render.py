"""Rendered streams: the same as a board sends, in arrays and in files."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from boardsim.face import FaceSettings
from boardsim.fault_grammar import parse_faults
from boardsim.render import render, to_microvolts
from boardsim.simboard import Settings

LIVELY = FaceSettings(expressions_per_min=60, nuisance_per_min=30, pops_per_min=20)


def boardsim(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "boardsim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(("rate", "config1"), [(1000, 0x94), (250, 0x96)])
def test_the_same_counts_and_truth_as_from_a_board(ready, rate: int, config1: int) -> None:
    faults = parse_faults(["hum=2:50", "gain=3:0.5"])
    settings = {"seed": 5, "face": LIVELY, "faults": faults}
    sim, host = ready(config1=config1, speed=0, external_reference=True, **settings)
    host.start()
    packets = host.take(200)[:200]
    assert host.ask(0x83) == (0, b"")
    sent = np.array([row for packet in packets for row in packet.counts()])
    counts, truth = render(Settings(**settings), 4000, rate)
    assert counts.dtype == np.int32
    assert np.array_equal(counts, sent)
    places = ("kind", "onset", "apex", "offset", "begins", "ends", "channels")
    told = [
        [
            {name: line.get(name) for name in places}
            for line in lines
            if line["type"] in ("event", "artefact") and line["ends"] < 4000
        ]
        for lines in (truth, sim.truth)
    ]
    assert len(told[0]) > 2
    assert told[0] == told[1]


def test_movements_do_not_depend_on_the_rate() -> None:
    times = []
    for rate in (250, 500, 1000, 2000):
        _, truth = render(Settings(seed=2, face=LIVELY), 20 * rate, rate)
        [stream] = [line for line in truth if line["type"] == "stream"]
        assert stream["rate_hz"] == rate
        events = [line for line in truth if line["type"] == "event"]
        at_s = [(line["onset"] / rate, line["kind"]) for line in events]
        times.append(sorted(pair for pair in at_s if pair[0] < 15))
    assert len(times[0]) > 10
    for other in times[1:]:
        assert [kind for _, kind in other] == [kind for _, kind in times[0]]
        late_s = [b - a for (a, _), (b, _) in zip(times[0], other, strict=True)]
        assert max(map(abs, late_s)) < 0.015  # three samples settle, at each rate


def test_microvolts_are_counts_by_the_gain() -> None:
    settings = Settings(seed=3, power_up={0x06: 0x40})  # CH2SET: gain 8
    counts, _ = render(settings, 100, 1000)
    microvolts = to_microvolts(counts, settings, 1000)
    assert microvolts.dtype == np.float32
    assert microvolts[:, 0] == pytest.approx(counts[:, 0] * (4.5e6 / 24 / 2**23))
    assert microvolts[:, 1] == pytest.approx(counts[:, 1] * (4.5e6 / 8 / 2**23))


def test_sixteen_channels_and_the_ramp() -> None:
    counts, truth = render(Settings(channels=16, ramp=True), 30, 500)
    assert counts.shape == (30, 16)
    assert counts[7, 12] == (7 + 12 * 1_000_003) % 2**24 - 2**23
    assert [line["type"] for line in truth] == ["settings", "stream", "end"]


def test_file_and_truth(tmp_path: Path) -> None:
    file, truth = tmp_path / "face.npy", tmp_path / "truth.jsonl"
    more = ("--minutes", "0.1", "--seed", "9", "--person", "4", "--mvc", "4:1:2:50")
    ended = boardsim("--render", str(file), "--truth", str(truth), *more)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    counts = np.load(file)
    assert (counts.dtype, counts.shape) == (np.int32, (6000, 8))
    lines = [json.loads(line) for line in truth.read_text().splitlines()]
    assert lines[0]["person"] == 4
    mvc_uv = lines[0]["muscles"]["mvc_uv"]
    [effort] = [line for line in lines if line.get("kind") == "mvc"]
    assert effort["mvc_pct"] == 50
    assert effort["channels"] == [
        {"channel": 4, "peak_uv": pytest.approx(mvc_uv[4] / 2, abs=1e-3), "mvc_pct": 50}
    ]
    ended = boardsim("--render", str(file), *more, "--unit", "uV", "--rate", "500")
    assert ended.returncode == 0
    microvolts = np.load(file)
    assert (microvolts.dtype, microvolts.shape) == (np.float32, (3000, 8))
    held = microvolts[750:1250, 4] - microvolts[750:1250, 4].mean()
    assert np.abs(held).mean() == pytest.approx(mvc_uv[4] / 2, rel=0.25)  # 500 Hz loses the top


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--render", "/nowhere/a.npy"), "boardsim: cannot .*/nowhere/a.npy"),
        (("--render", "a.npy", "--minutes", "0"), "0 is not above 0 and at most a day"),
        (("--mvc", "1:2"), "'1:2' is not CHANNEL:AT:FOR"),
        (("--mvc", "1:2:0"), "'1:2:0' is not CHANNEL:AT:FOR"),
        (("--mvc", "9:2:3"), "--mvc for channel 9: the board has 0 to 7"),
    ],
)
def test_what_cannot_be_is_told(arguments, says) -> None:
    ended = boardsim(*arguments)
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert re.search(says, ended.stderr.splitlines()[-1])
