"""Whatever bytes arrive and whatever keys are pressed, the viewer lives."""

import re
import struct

import msgpack
from emgd.client import decode
from emgd.watch.lines import length
from emgd.watch.model import TOPICS, Model
from emgd.watch.plain import summary
from emgd.watch.render import render
from emgd.watch.report import as_json, as_text
from emgd.watch.view import View
from hypothesis import given, settings
from hypothesis import strategies as st

SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
ANYTHING = st.recursive(
    SCALAR,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = """
first n t_ns step_ns dtype rate_hz channels board number label value sample missing reason id
channel muscle also onset duration_ms peak_uv aus emotions kind recording lead_off clipped
not_spotted latency_ms lost samples t_error_ms clock_ppm session mvc_uv started_ns
"""
FIELDS = st.sampled_from(re.findall("[a-z_]+", NAMES))
HEADER = st.dictionaries(FIELDS, ANYTHING).map(lambda fields: {"session": "s", **fields, "v": 1})
ODD = st.tuples(st.sampled_from(TOPICS), HEADER, st.binary(max_size=64))


@st.composite
def samples(draw):
    """Give an `env` that fits its header, with any floats anywhere."""
    n, channels = draw(st.integers(1, 5)), draw(st.integers(1, 20))
    values = draw(st.lists(st.floats(width=32), min_size=n * channels, max_size=n * channels))
    header = {
        "v": 1,
        "session": "s",
        "first": draw(st.integers(0, 400) | st.integers(0, 2**62)),
        "n": n,
        "dtype": "<f4",
        "t_ns": draw(st.integers(0, 2**62)),
        "step_ns": draw(st.floats()),
    }
    return "env", header, struct.pack(f"<{n * channels}f", *values)


@st.composite
def metas(draw):
    named = st.fixed_dictionaries({"name": SCALAR, "muscle": SCALAR, "active": st.booleans()})
    header = {"v": 1, "session": "s", "channels": draw(st.lists(named, max_size=20))}
    return "meta", header | {"rate_hz": draw(SCALAR)}, b""


MESSAGES = st.lists(ODD | samples() | metas(), max_size=12)
PRESSED = ["left", "right", "up", "down", "home", "end", "[", "]", "enter", "escape", "backspace"]
KEYS = st.lists(st.sampled_from([*"1290hasp +-mM?xä微", *PRESSED]), max_size=12)


def fed(messages):
    model = Model("tcp://127.0.0.1:5557", "tcp://127.0.0.1:5556")
    for now_s, (topic, header, payload) in enumerate(messages):
        message = decode([topic.encode(), msgpack.packb(header), payload])
        assert message is not None
        model.take(message, float(now_s))
    return model


@settings(max_examples=150, deadline=None)
@given(MESSAGES, KEYS, MESSAGES, st.integers(0, 170), st.integers(0, 60))
def test_any_stream_any_keys_and_any_size_make_a_picture_that_fits(
    before, keys, after, width, height
):
    model = fed(before)
    view = View()
    for key in keys:
        view.press(key, model)
        assert len(render(model, view, 12.0, width, height)) <= height
    for topic, header, payload in after:
        model.take(decode([topic.encode(), msgpack.packb(header), payload]), 13.0)
    picture = render(model, view, 13.5, width, height)
    assert len(picture) == (height if width else 0)
    assert all(length(line) <= width for line in picture)
    assert all(text.isprintable() for line in picture for text, _ in line)
    assert summary(model, 13.5).isprintable()


@given(HEADER, HEADER, SCALAR)
def test_any_status_can_be_told(meta, health, state):
    answer = {"ok": True, "meta": meta, "health": health, "state": state, "endpoints": [meta]}
    model = Model("c", "s")
    model.take_status(answer, 0.0)
    assert "state" in as_text(answer, "tcp://127.0.0.1:5557")
    assert as_json(answer)
