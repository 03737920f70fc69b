"""The examples of docs/stream.md, checked by a decoder typed here, by msgpack and by the code."""

import json
import struct
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from emgd import client
from emgd.messages import pack

EXAMPLES = Path(__file__).parents[3] / "docs/examples"


class Reader:
    """msgpack by its specification, as far as headers use it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        self.at += count
        assert self.at <= len(self.data)
        return self.data[self.at - count : self.at]

    def number(self, code: str) -> Any:
        return struct.unpack(">" + code, self.take(struct.calcsize(code)))[0]

    def value(self) -> Any:
        first = self.number("B")
        if first <= 0x7F:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first <= 0x8F:
            return {self.value(): self.value() for _ in range(first & 0x0F)}
        if first <= 0x9F:
            return [self.value() for _ in range(first & 0x0F)]
        if first <= 0xBF:
            return self.take(first & 0x1F).decode()
        if first == 0xDE:
            return {self.value(): self.value() for _ in range(self.number("H"))}
        simple = {0xC0: None, 0xC2: False, 0xC3: True}
        if first in simple:
            return simple[first]
        if first == 0xC4:
            return self.take(self.number("B"))
        if first == 0xD9:
            return self.take(self.number("B")).decode()
        return self.number({0xCB: "d", 0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q"}[first])


def unpack(data: bytes) -> Any:
    reader = Reader(data)
    value = reader.value()
    assert reader.at == len(data)
    return value


def maps(text: str) -> Iterator[dict[str, Any]]:
    """The JSON maps of a block, one after the other; bytes stand in it as a text."""
    decoder = json.JSONDecoder()
    while text := text.strip():
        shown, end = decoder.raw_decode(text)
        text = text[end:]
        yield {
            key: bytes.fromhex(value.removeprefix("bytes "))
            if isinstance(value, str) and value.startswith("bytes ")
            else value
            for key, value in shown.items()
        }


def parts(text: str) -> dict[str, bytes]:
    """Named lines of hex, which may go on in the next line."""
    found: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if not line.startswith(" "):
            name, _, line = line.partition(" ")
        found[name] = found.get(name, "") + line
    return {name: bytes.fromhex(shown) for name, shown in found.items()}


@pytest.fixture(scope="session")
def examples(page: Callable[[str], Any]) -> list[tuple[str, dict[str, bytes], list[Any]]]:
    """Name, bytes and maps of each message."""
    blocks = page("stream.md").blocks
    return [
        (block.name, parts(block.text), list(maps(after.text)))
        for block, after in pairwise(blocks)
        if block.kind == "message"
    ]


def test_headers_are_the_maps_beside_them(examples: Any) -> None:
    assert len(examples) >= 6
    for _, octets, shown in examples:
        packed = [octets[name] for name in ("header", "request", "answer") if name in octets]
        assert [unpack(one) for one in packed] == shown
        assert [msgpack.unpackb(one) for one in packed] == shown
        assert [pack(one) for one in shown] == packed


def test_every_topic_but_the_longest_has_an_example(examples: Any) -> None:
    topics = {octets["topic"].decode() for _, octets, _ in examples if "topic" in octets}
    assert topics == {"raw", "env", "tick", "gap", "mark", "onset", "interval", "retract"}


def test_the_client_reads_the_messages(examples: Any) -> None:
    for _, octets, shown in examples:
        if "topic" in octets:
            payload = octets.get("payload", b"")
            message = client.decode([octets["topic"], octets["header"], payload])
            assert message is not None
            assert message.header == shown[0]


@pytest.mark.parametrize(("topic", "code"), [("raw", "i"), ("env", "f")])
def test_payloads_are_the_samples_beside_them(
    topic: str, code: str, examples: Any, page: Callable[[str], Any]
) -> None:
    [(octets, header)] = [
        (o, maps_[0]) for _, o, maps_ in examples if o.get("topic") == topic.encode()
    ]
    [block] = [block for block in page("stream.md").of("samples") if block.name == topic]
    shown = [[float(word) for word in row.split()] for row in block.text.splitlines()]
    read = struct.unpack(f"<{2 * 4}{code}", octets["payload"])
    assert np.array(shown).ravel() == pytest.approx(read, rel=1e-8)
    assert header["n"] == len(shown)
    by_numpy = np.frombuffer(octets["payload"], header["dtype"]).reshape(header["n"], -1)
    assert by_numpy.tolist() == np.reshape(read, (2, 4)).tolist()


def test_the_examples_belong_together(examples: Any) -> None:
    headers = {
        octets["topic"].decode(): maps_[0] for _, octets, maps_ in examples if "topic" in octets
    }
    raw, env, tick, mark = (headers[topic] for topic in ("raw", "env", "tick", "mark"))
    assert [env[key] for key in ("first", "n", "t_ns", "step_ns")] == [
        raw[key] for key in ("first", "n", "t_ns", "step_ns")
    ]
    assert len(raw["status"]) == 3 * raw["n"]
    assert tick["number"] == tick["packets"] // 2
    [(asked, answered)] = [
        maps_ for name, _, maps_ in examples if name == "mark" and len(maps_) == 2
    ]
    assert {key: mark[key] for key in ("label", "value")} == {
        key: asked[key] for key in ("label", "value")
    }
    assert (mark["sample"], mark["t_ns"]) == (answered["sample"], answered["t_ns"])
    assert len({header["session"] for header in headers.values()}) == 1


@pytest.mark.parametrize(
    "program", sorted(path.name for path in EXAMPLES.iterdir() if path.is_file())
)
def test_programs_stand_in_the_page_as_they_are(program: str, page: Callable[[str], Any]) -> None:
    stream = page("stream.md")
    kind = {"py": "python", "mjs": "javascript"}[program.rpartition(".")[2]]
    text = (EXAMPLES / program).read_text(encoding="utf-8")
    assert text in [block.text for block in stream.of(kind)]
    assert f"[examples/{program}](examples/{program})" in stream.text


def test_no_program_stands_in_a_page_that_nobody_runs(page: Callable[[str], Any]) -> None:
    programs = [path.read_text(encoding="utf-8") for path in EXAMPLES.iterdir() if path.is_file()]
    for block in page("stream.md").blocks:
        if block.kind in ("python", "javascript"):
            assert block.text in programs
