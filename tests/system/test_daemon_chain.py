"""`emg` and `env` are what scipy makes of the same samples, to the last bit."""

from pathlib import Path

import numpy as np
import pytest
from support.chain import band, envelope, expected
from support.daemon import Waiting
from support.stream import Subscriber, joined

FACE = {"hum_uv": 20, "drift_uv": 200, "offset_mv": 100, "expressions_per_min": 60}
SAMPLES = 5000


def read_run(subscriber: Subscriber, samples: int = SAMPLES) -> None:
    """A board's whole run, from its first sample on."""
    subscriber.until(lambda got: got.topic == "env" and got.end == samples, "the last sample")
    assert subscriber.of("raw")[0]["first"] == 0


def check_chain(subscriber: Subscriber) -> None:
    """Against the filters that `meta` tells, bit for bit."""
    meta = subscriber.of("meta")[-1]
    uv_per_count = np.array([channel["uv_per_count"] for channel in meta["channels"]])
    sos_band = np.array(meta["filter"]["sos_band"])
    sos_env = np.array(meta["filter"]["sos_env"])
    _, counts = joined(subscriber.of("raw"))
    emg, env = expected(counts, uv_per_count, sos_band, sos_env)
    for topic, wanted in (("emg", emg), ("env", env)):
        _, got = joined(subscriber.of(topic))
        assert got.dtype == np.dtype("<f4")
        np.testing.assert_array_equal(got, wanted)
    for blocks in zip(*(subscriber.of(topic) for topic in ("raw", "emg", "env")), strict=True):
        assert len({(b["first"], b["n"], b["t_ns"], b["step_ns"], b["seq"]) for b in blocks}) == 1
        assert [block["unit"] for block in blocks] == ["count", "uV", "uV"]


@pytest.mark.parametrize(
    ("rate_hz", "packet", "mains_hz", "ramp"),
    [
        (1000, 20, 0, False),
        (1000, 1, 0, True),
        (1000, 32, 50, False),
        (500, 7, 60, False),
        (250, 20, 50, False),
        (2000, 31, 0, False),
    ],
)
def test_emg_and_env_equal_scipy(
    tmp_path: Path, rate_hz: int, packet: int, mains_hz: int, ramp: bool
) -> None:
    settings = {
        "board__rate_hz": rate_hz,
        "board__packet_samples": packet,
        "filter__mains_hz": mains_hz,
    }
    with (
        Waiting(tmp_path, **settings) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, speed="max", samples=SAMPLES, **({"ramp": True} if ramp else FACE)),
    ):
        read_run(subscriber)
        check_chain(subscriber)
    told = subscriber.of("meta")[-1]["filter"]
    assert told["band_hz"] == [20, min(450, 0.45 * rate_hz)]
    np.testing.assert_array_equal(told["sos_band"][-2:], band(rate_hz))
    np.testing.assert_array_equal(told["sos_env"], envelope(rate_hz))
    notches = [hz for hz in (mains_hz, 3 * mains_hz) if 0 < hz < 0.45 * rate_hz]
    assert told["notch_hz"] == notches
    assert len(told["sos_band"]) == 2 + len(notches)


def test_an_electrode_offset_is_no_movement(tmp_path: Path) -> None:
    """100 mV at the first sample: the envelope stays below 5 uV from the first sample on."""
    calm = {"noise_uv": 0.5, "hum_uv": 0, "drift_uv": 0, "expressions_per_min": 0}
    with (
        Waiting(tmp_path) as daemon,
        daemon.listening() as subscriber,
        daemon.board(
            tmp_path, speed="max", samples=3000, offset_mv=100, nuisance_per_min=0, **calm
        ),
    ):
        read_run(subscriber, samples=3000)
    _, counts = joined(subscriber.of("raw"))
    offsets_mv = np.abs(counts[0]) * 4.5e6 / 24 / 2**23 / 1000
    assert offsets_mv.max() > 60  # they are drawn at random, up to 100
    _, env = joined(subscriber.of("env"))
    assert env.max() < 5


def test_meta_names_the_channels_as_the_configuration_does(tmp_path: Path) -> None:
    config = tmp_path / "emgd.toml"
    config.write_text(
        """
        [board]
        gain = 12
        channels = [
            {name = "brow", muscle = "corrugator supercilii"},
            {name = "cheek"},
            {active = false},
        ]
        """
    )
    with (
        Waiting(tmp_path, "--config", str(config)) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, speed="max", samples=1000, **FACE),
    ):
        read_run(subscriber, samples=1000)
        check_chain(subscriber)
        meta = subscriber.of("meta")[-1]
        health = subscriber.next("health")
    first, second, _, *rest = meta["channels"]
    assert (first["name"], first["muscle"]) == ("brow", "corrugator supercilii")
    assert second["name"] == "cheek"
    assert [channel["active"] for channel in meta["channels"]] == [True, True, False] + [True] * 5
    assert {channel["gain"] for channel in (first, second, *rest)} == {12}
    _, counts = joined(subscriber.of("raw"))
    assert not counts[:, 2].any()  # switched off, a channel reads 0
    assert counts[:, [0, 1, 3, 4, 5, 6, 7]].any(axis=0).all()
    assert health["not_spotted"][2] is not None
    assert len({channel["name"] for channel in meta["channels"]}) == 8
