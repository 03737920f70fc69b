"""`emgd score` on a recording: what the daemon published, and how late, beside the truth."""

import json

import pytest


def truth_line(onset: int, offset: int, kind: str) -> str:
    told = {"type": "event", "stream": 1, "kind": kind, "onset": onset, "apex": onset + 50}
    return json.dumps({**told, "offset": offset, "channels": [{"channel": 4}], "complete": True})


@pytest.fixture
def recorded(record, stream):
    """Ten packets, an onset told after the fifth, its interval after the ninth."""
    stream.meta()
    for number in range(10):
        stream.raw()
        if number == 4:
            stream.say("onset", id=1, channel=4, muscle="", onset=40, t_ns=stream.t_ns(40))
            stream.say("onset", id=2, channel=5, muscle="", onset=60, t_ns=stream.t_ns(60))
        if number == 6:
            stream.say("retract", id=2)
        if number == 8:
            stream.interval(40, 139, channel=4)
    return record(stream, "P001")


def test_latency_counts_from_the_samples_that_had_come(recorded, command, capsys, tmp_path):
    truth = tmp_path / "truth.jsonl"
    lines = [
        json.dumps({"type": "stream", "stream": 1, "rate_hz": 1000}),
        truth_line(30, 129, "ME"),
        json.dumps({"type": "end", "stream": 1, "samples": 6000}),
    ]
    truth.write_text("\n".join(lines))
    assert command("score", truth, recorded.path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["onset_latency"] == {"n": 1, "p50_ms": 99 - 30, "p90_ms": 99 - 30}
    assert told["interval_latency"]["p50_ms"] == 179 - 129
    assert told["minutes"] == 0.1
    assert (told["retracted"], told["retracted_per_min"]) == (1, 10)
    assert told["onset"] == {"mean_absolute_ms": 10, "bias_ms": 10}


def test_a_recording_tells_how_long_it_is(recorded, command, capsys, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text("onset,offset\n1000,1100\n")
    assert command("score", truth, recorded.path, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rate_hz"] == 1000
    assert told["minutes"] == pytest.approx(200 / 60000)
    assert told["false_per_min"] == pytest.approx(300)
