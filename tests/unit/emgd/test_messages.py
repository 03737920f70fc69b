"""Headers: their common keys, their count, and that any language can read them."""

import msgpack
from emgd.messages import Sequence, pack
from hypothesis import given, settings
from hypothesis import strategies as st

_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_each_topic_counts_for_itself() -> None:
    sequence = Sequence("s")
    topics = ["raw", "raw", "env", "raw", "meta", "env"]
    heads = [sequence.head(topic, {}) for topic in topics]
    assert [head["seq"] for head in heads] == [0, 1, 0, 2, 0, 1]
    assert all((head["v"], head["session"]) == (1, "s") for head in heads)


@given(st.dictionaries(st.text(), _plain, max_size=5))
@settings(max_examples=50, deadline=None)
def test_what_is_packed_is_one_msgpack_map(fields: dict[str, object]) -> None:
    header = {**fields, "seq": 3}
    assert msgpack.unpackb(pack(header), strict_map_key=True) == header
