"""A reader that knows MCAP, msgpack and what the file says of itself, and nothing of ours."""

import json
import struct
import tracemalloc

import msgpack
import numpy as np
from emgd.recorder.entry import Entry
from emgd.recorder.mcap import McapWriter
from mcap.reader import make_reader


def described(path):
    """Each message with the layout the file gives for its topic."""
    with open(path, "rb") as stream:  # noqa: PTH123 - a reader that uses nothing of ours
        for schema, channel, message in make_reader(stream, validate_crcs=True).iter_messages():
            assert channel.message_encoding == "msgpack"
            assert schema.encoding == "jsonschema"
            yield channel.topic, json.loads(schema.data), msgpack.unpackb(message.data), message


def counts_by_description(layout, message):
    """What a programmer makes of the words in the schema."""
    told = layout["properties"]
    assert "n x channels numbers of the type in dtype, C order" in told["data"]["description"]
    assert "little-endian" in told["dtype"]["description"]
    assert message["dtype"] == "<i4"
    channels = len(message["data"]) // (message["n"] * 4)
    numbers = struct.unpack(f"<{message['n'] * channels}i", message["data"])
    return np.reshape(numbers, (message["n"], channels))


def test_the_counts_are_found_by_the_schemas_alone(lab, make_stream, offer):
    stream = make_stream(channels=6)
    recorder = lab.recorder()
    recorder.start("described")
    offer(recorder, stream.meta(), *[stream.raw() for _ in range(20)], stream.tick(1))
    offer(recorder, stream.gap(20), stream.mark("a"), stream.interval(5, 9), stream.say("newer"))
    path = recorder.stop().path
    rows, topics = [], set()
    for topic, layout, message, _ in described(path):
        topics.add(topic)
        assert layout["type"] == "object"
        assert all(key in message for key in layout["required"]), topic
        if topic == "raw":
            rows.append(counts_by_description(layout, message))
    assert topics == {"meta", "raw", "tick", "gap", "mark", "interval", "newer", "recording"}
    assert np.array_equal(np.concatenate(rows), stream.counts())


def test_every_key_of_the_stream_is_described_with_its_unit(lab, stream, offer):
    recorder = lab.recorder()
    recorder.start("words")
    offer(recorder, stream.meta(), stream.raw(), stream.tick(1), stream.gap(20), stream.mark("a"))
    for topic, layout, message, _ in described(recorder.stop().path):
        known = layout["properties"]
        assert set(message) <= set(known), topic
        for key, field in known.items():
            assert len(field["description"]) > 5, (topic, key)
            if key.endswith("_ns") and key not in (
                "step_ns",
                "taken_ns",
                "arrival_ns",
                "clock_step_ns",
            ):
                assert "UTC" in field["description"]


def test_log_times_are_the_times_of_the_messages(lab, stream, offer):
    recorder = lab.recorder()
    recorder.start("times")
    offer(recorder, stream.raw(), stream.raw(), stream.tick(1))
    for _, _, message, record in described(recorder.stop().path):
        assert record.log_time == record.publish_time == message["t_ns"]
        assert record.sequence == message.get("seq", 0)


def test_the_index_at_the_end_is_right(lab, stream, offer, until):
    """By the library's own reader, which goes by it: times and topics are found."""
    recorder = lab.recorder()
    recorder.start("index", info={"participant": "P1"})
    for number in range(12):
        offer(recorder, *[stream.raw() for _ in range(10)], stream.tick(number))
        until(lambda: recorder.status["samples"] == stream.first)
    path = recorder.stop().path
    with open(path, "rb") as file:  # noqa: PTH123
        reader = make_reader(file, validate_crcs=True)
        summary = reader.get_summary()
        names = {record.name: record.metadata for record in reader.iter_metadata()}
        some = list(
            reader.iter_messages(
                "raw", starting_at=stream.t_ns(2000), ending_before=stream.t_ns(2100)
            )
        )
        ticks = list(reader.iter_messages("tick"))
    assert summary.statistics.message_count == 12 * 11 + 2
    assert summary.statistics.chunk_count == len(summary.chunk_indexes) >= 10
    assert [m.log_time for _, _, m in some] == [stream.t_ns(2000 + 20 * i) for i in range(5)]
    assert len(ticks) == 12
    assert json.loads(names["info"]["json"]) == {"participant": "P1"}


def test_an_hour_of_chunks_needs_little_memory():
    """A quarter of an hour here; the index of all chunks is kept until the file is closed."""
    entry = Entry("raw", 1_800_000_000_000_000_000, 0, bytes(900))
    writer = McapWriter(lambda data: None)
    writer.begin("test", {})
    tracemalloc.start()
    for number in range(9000):
        times = [entry._replace(log_ns=entry.log_ns + number * 10**8 + i) for i in range(5)]
        writer.chunk([*times, entry._replace(topic="tick")])
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 1_000_000
