"""Movements through the daemon: on the stream, in the recording, and again in its replay."""

import re
from pathlib import Path
from typing import Any

import emgd.recording
import pytest
from support.daemon import Daemon, Waiting
from support.stream import Message

PAGE = (Path(__file__).parents[2] / "docs/stream.md").read_text(encoding="utf-8")
TOPICS = ("onset", "interval", "retract")
SAMPLES = 40_000
COMMON = {"v", "session", "seq"}


class Session:
    """Forty seconds of a face, spotted live and recorded from the first sample."""

    def __init__(self, folder: Path) -> None:
        with (
            Waiting(folder, "--record-dir", str(folder)) as daemon,
            daemon.listening() as subscriber,
        ):
            assert daemon.ask("record.start", name="face")["ok"]
            with daemon.board(folder, samples=SAMPLES, speed="max", seed=504):
                subscriber.until(
                    lambda got: got.topic == "env" and got.end >= SAMPLES, "all samples", 60
                )
                self.health = subscriber.until(lambda got: got.topic == "health", "health")
                self.meta = daemon.status()["meta"]
                self.receipt = daemon.ask("record.stop")
        self.told = {topic: subscriber.of(topic) for topic in TOPICS}
        self.seen = subscriber.seen


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return Session(tmp_path_factory.mktemp("face"))


def words(messages: list[Message]) -> list[dict[str, Any]]:
    return [{k: v for k, v in m.header.items() if k not in COMMON} for m in messages]


def without_time(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in one.items() if key != "t_ns"} for one in fields]


def test_each_interval_follows_the_onset_of_its_id(session: Session) -> None:
    assert len(session.told["interval"]) >= 8
    order = [(m.topic, m["id"]) for m in session.seen if m.topic in TOPICS]
    for topic in ("interval", "retract"):
        for message in session.told[topic]:
            at = order.index((topic, message["id"]))
            assert order.index(("onset", message["id"])) < at
    ended = [m["id"] for topic in ("interval", "retract") for m in session.told[topic]]
    assert len(ended) == len(set(ended))


def test_an_onset_comes_while_the_samples_of_the_movement_do(session: Session) -> None:
    newest = 0
    for message in session.seen:
        if message.topic == "env":
            newest = message.end
        elif message.topic == "onset":
            assert message["onset"] < newest < message["onset"] + 400


@pytest.mark.parametrize("topic", TOPICS)
def test_the_page_lists_all_keys(topic: str, session: Session) -> None:
    [section] = re.findall(rf"^### `{topic}`\n(.*?)(?=^### )", PAGE, re.M | re.S)
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    listed = {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
    for message in session.told[topic]:
        assert set(message.header) == listed | COMMON


def test_meta_and_health_tell_of_the_spotter(session: Session) -> None:
    assert session.meta["spotter"]["enabled"] is True
    assert session.health["not_spotted"] == [None] * 8


def test_the_recording_has_them_and_its_replay_makes_them_again_once(
    session: Session, tmp_path: Path
) -> None:
    path = Path(session.receipt["path"])
    kept = list(emgd.recording.open(path).messages({"interval"}))
    assert [m.header["id"] for m in kept] == [m["id"] for m in session.told["interval"]]
    assert sum(session.receipt["events"].values()) == len(kept)
    with Daemon(tmp_path, f"file://{path}?speed=4") as daemon, daemon.listening() as subscriber:
        subscriber.until(
            lambda got: got.topic == "health" and got["samples"] >= SAMPLES, "the end", 60
        )
    for topic in ("onset", "interval"):
        again = without_time(words(subscriber.of(topic)))
        before = without_time(words(session.told[topic]))
        assert [one for one in before if one in again] == before
        assert len(again) - len(before) <= 1  # a movement that goes on at the end ends with it


def test_settings_change_while_running_and_times_are_those_of_the_samples(tmp_path: Path) -> None:
    with (
        Waiting(tmp_path) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, seed=504, nuisance_per_min=60),
    ):
        found = subscriber.until(lambda got: got.topic == "interval", "a movement", 60)
        [block] = [b for b in subscriber.of("raw") if b["first"] <= found["onset"] < b.end]
        taken_ns = block["t_ns"] + (found["onset"] - block["first"]) * block["step_ns"]
        assert found["t_ns"] == pytest.approx(taken_ns, abs=5e6)

        answer = daemon.ask("spotter.set", threshold=7, floor_uv=30)
        assert (answer["ok"], answer["threshold"], answer["floor_uv"]) == (True, 7.0, 30.0)
        meta = subscriber.until(
            lambda got: got.topic == "meta" and got["spotter"]["threshold"] == 7, "meta"
        )
        assert meta["spotter"] == {k: v for k, v in answer.items() if k != "ok"}
        assert daemon.ask("spotter.set", enabled=False)["enabled"] is False
        subscriber.until(
            lambda got: got.topic == "health" and got["not_spotted"] == ["spotter off"] * 8,
            "health",
        )
        refused = daemon.ask("spotter.set", threshold=-1, treshold=3)
        assert (refused["ok"], refused["code"]) == (False, "bad_setting")
        assert "spotter.threshold" in refused["error"]
        assert "did you mean spotter.threshold?" in refused["error"]


def test_ids_go_on_when_another_board_comes(tmp_path: Path) -> None:
    told: list[list[int]] = []
    with Waiting(tmp_path) as daemon, daemon.listening() as subscriber:
        for channels in (8, 4):
            folder = tmp_path / str(channels)
            folder.mkdir()
            options = {"channels": channels, "samples": 15_000, "speed": "max", "seed": 504}
            with daemon.board(folder, **options):
                meta = subscriber.next("meta")
                assert len(meta["channels"]) == channels
                left = 15_000
                while left > 0:
                    left -= subscriber.next("env")["n"]
            told.append([message["id"] for message in subscriber.of("onset")])
    assert 0 < len(told[0]) < len(told[1]) == len(set(told[1]))
