"""Samples as the chip clocks them out, against a decoding in plain integers."""

import numpy as np
import pytest
from ads1299.frame import chips_of, decode, sample_bytes
from hypothesis import given, settings
from hypothesis import strategies as st
from support import spec_wire as wire

LAYOUTS = {4: [4], 6: [6], 8: [8], 16: [8, 8]}  # channels: those of each chip


def plain(samples: bytes, n: int, channels: int) -> tuple[bytes, list[list[int]]]:
    """Byte by byte, as p.36 says: 3 status bytes, then 24 bits a channel, big-endian."""
    status, counts, rest = b"", [], list(samples)
    for _ in range(n):
        row = []
        for chip_channels in LAYOUTS[channels]:
            status += bytes((rest.pop(0), rest.pop(0), rest.pop(0)))
            for _ in range(chip_channels):
                value = rest.pop(0) * 65536 + rest.pop(0) * 256 + rest.pop(0)
                row.append(value - 16777216 if value >= 8388608 else value)
        counts.append(row)
    assert not rest
    return status, counts


@settings(deadline=None)
@given(st.sampled_from(sorted(LAYOUTS)), st.integers(1, 32), st.data())
def test_any_bytes_are_decoded_as_by_hand(channels: int, n: int, draw: st.DataObject) -> None:
    size = n * (3 * channels + 3 * len(LAYOUTS[channels]))
    samples = draw.draw(st.binary(min_size=size, max_size=size))
    assert sample_bytes(channels) * n == size
    assert chips_of(channels) == len(LAYOUTS[channels])
    status, counts = decode(samples, n, channels)
    expected_status, expected = plain(samples, n, channels)
    assert status == expected_status
    assert counts.tolist() == expected
    assert counts.shape == (n, channels)
    assert counts.dtype == np.int32


def test_one_frame_of_eight_channels_typed_by_hand() -> None:
    frame = bytes.fromhex(
        "C0 00 0F"  # status: electrodes on, GPIO 1111
        "00 00 00  00 00 01  FF FF FF  7F FF FF  80 00 00  12 34 56  ED CB AA  00 80 00"
    )
    status, counts = decode(frame, 1, 8)
    assert status == b"\xc0\x00\x0f"
    assert counts.tolist() == [[0, 1, -1, 8388607, -8388608, 0x123456, -0x123456, 32768]]


def test_of_two_chips_the_seconds_status_comes_between() -> None:
    frame = bytes.fromhex("C1 23 45" + "00 00 01" * 8 + "C6 78 9A" + "FF FF FE" * 8)
    status, counts = decode(frame, 1, 16)
    assert status == bytes.fromhex("C1 23 45 C6 78 9A")
    assert counts.tolist() == [[1] * 8 + [-2] * 8]


@pytest.mark.parametrize(("channels", "size"), [(4, 15), (6, 21), (8, 27), (16, 54)])
def test_lengths_of_a_sample(channels: int, size: int) -> None:
    assert sample_bytes(channels) == size


def test_counts_cannot_be_altered_afterwards() -> None:
    _, counts = decode(wire.ramp_packet(0, 2, 8), 2, 8)
    with pytest.raises(ValueError, match="read-only"):
        counts[0, 0] = 1
