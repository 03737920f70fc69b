"""`emg` and `env` are what scipy makes of the same samples, to the last bit."""

from pathlib import Path

import numpy as np
from support.chain import check_chain
from support.daemon import Waiting
from support.stream import Subscriber, joined

FACE = {"hum_uv": 20, "drift_uv": 200, "offset_mv": 100, "expressions_per_min": 60}
SAMPLES = 5000


def read_run(subscriber: Subscriber, samples: int = SAMPLES) -> None:
    """A board's whole run, from its first sample on."""
    subscriber.until(lambda got: got.topic == "env" and got.end == samples, "the last sample")
    assert subscriber.of("raw")[0]["first"] == 0


def test_emg_and_env_of_a_face_equal_scipy(tmp_path: Path) -> None:
    with (
        Waiting(tmp_path, filter__mains_hz=50) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, speed="max", samples=SAMPLES, **FACE),
    ):
        read_run(subscriber)
        check_chain(subscriber)


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
