"""Status bytes -> lead-off by electrode and GPIO levels, for one and two chips.

Data sheet p.36: 1100, then LOFF_STATP, LOFF_STATN (bit 0 is channel 1) and the GPIO data bits,
the most significant first.
"""

from dataclasses import replace

from ads1299.source import BoardInfo
from ads1299.status import ElectrodeWatch, gpio_levels
from hypothesis import given
from hypothesis import strategies as st

BYTE = st.integers(0, 255)
WORDS = st.lists(st.tuples(BYTE, BYTE, st.integers(0, 15)), min_size=1, max_size=20)


def status_of(words: list[tuple[int, int, int]]) -> bytes:
    return b"".join((0xC << 20 | p << 12 | n << 4 | g).to_bytes(3, "big") for p, n, g in words)


def board(sensed_p: tuple[int, ...], sensed_n: tuple[int, ...], config4: int = 2, loff: int = 0):
    """A board whose registers ask for lead-off on these channels of each chip."""
    registers = {}
    for chip, (p, n) in enumerate(zip(sensed_p, sensed_n, strict=True)):
        values = bytearray.fromhex("3e94c0e000" + "60" * 8 + "0000000000" + "0000" + "0f000000")
        values[0x04], values[0x0F], values[0x10], values[0x17] = loff, p, n, config4
        registers |= {0x20 * chip + address: value for address, value in enumerate(values)}
    channels = 8 * len(sensed_p)
    return BoardInfo(
        board="test",
        firmware="",
        rate_hz=1000,
        gains=(24,) * channels,
        active=(True,) * channels,
        uv_per_count=(0.0223517,) * channels,
        packet_samples=20,
        has_tube=False,
        registers=registers,
    )


@given(st.lists(WORDS, min_size=1, max_size=1) | st.tuples(WORDS, WORDS), BYTE, BYTE)
def test_each_bit_is_one_electrode(chips, sensed_p: int, sensed_n: int) -> None:
    samples = min(len(words) for words in chips)
    status = b"".join(status_of([words[i] for words in chips]) for i in range(samples))
    off = ElectrodeWatch(board((sensed_p,) * len(chips), (sensed_n,) * len(chips))).off(status)
    assert len(off) == 8 * len(chips)
    for channel, pair in enumerate(off):
        chip, bit = divmod(channel, 8)
        seen = chips[chip][:samples]
        expected = tuple(
            any(word[side] >> bit & 1 for word in seen) if sensed >> bit & 1 else None
            for side, sensed in ((0, sensed_p), (1, sensed_n))
        )
        assert pair == (None if expected == (None, None) else expected)
    levels = gpio_levels(status, len(chips))
    assert list(levels) == [word[2] for word in chips[0][:samples]]


def test_nothing_is_said_where_the_comparators_do_not_work() -> None:
    """They need CONFIG4 bit 1, and DC mode (p.48)."""
    status = status_of([(0xFF, 0xFF, 0)])
    for config4, loff in ((0, 0), (2, 1), (2, 2), (2, 3)):
        assert ElectrodeWatch(board((0xFF,), (0xFF,), config4, loff)).off(status) == [None] * 8
    unread = replace(board((0xFF,), (0xFF,)), registers={})
    assert ElectrodeWatch(unread).off(status) == [None] * 8


def test_nothing_is_said_before_the_first_sample() -> None:
    assert ElectrodeWatch(board((0xFF,), (0xFF,))).off(b"") == [None] * 8
