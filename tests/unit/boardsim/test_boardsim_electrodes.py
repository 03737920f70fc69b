"""Electrodes, lead-off and flaws, as counts show them."""

import numpy as np
import pytest
from boardsim.converter import Converter, Flaws
from boardsim.electrodes import OPEN_OHM, Electrodes
from boardsim.inputs import Quiet, Waveform
from boardsim.registers import Registers
from boardsim.sinc import OVERSAMPLE

UV = 4.5e6 / 24 / 2**23  # at gain 24
CONFIG3, LOFF, SENSP, SENSN, FLIP, MISC1, CONFIG4 = 0x03, 0x04, 0x0F, 0x10, 0x11, 0x15, 0x17


def measure(
    registers: dict[int, int] | None = None,
    *,
    electrodes: Electrodes | None = None,
    flaws: Flaws | None = None,
    source=None,
    n: int = 1000,
) -> tuple[np.ndarray, np.ndarray]:
    """Microvolts and status words of a second at 1 kSPS, all channels normal at gain 24."""
    usual = {0x01: 0x94, CONFIG3: 0xE0} | {0x05 + c: 0x60 for c in range(8)}
    chip = Converter(
        Registers(power_up=usual | (registers or {})), electrodes=electrodes, flaws=flaws
    )
    source = source or Quiet()
    source.begin(1 / 8000)
    chip.begin(source.read(3 * OVERSAMPLE), 1.0)
    counts = chip.convert(source.read(n * OVERSAMPLE))
    frames = chip.frames(counts)
    status = frames[:, 0].astype(int) << 16 | frames[:, 1].astype(int) << 8 | frames[:, 2]
    return counts * UV, status


def sines(t: np.ndarray) -> np.ndarray:
    return np.array([200 * np.sin(2 * np.pi * (10 + 5 * c) * t) for c in range(8)])


def tone(uv: np.ndarray, hz: float) -> float:
    """Amplitude of a sine within."""
    t = np.arange(len(uv)) / 1000
    return 2 * abs(np.mean(uv * np.exp(-2j * np.pi * hz * t)))


def off(**sides: list[int]) -> Electrodes:
    electrodes = Electrodes()
    for side, channels in sides.items():
        electrodes.ohm["PN".index(side), channels] = OPEN_OHM
    return electrodes


def test_good_electrodes_change_nothing() -> None:
    uv, status = measure(source=Waveform(sines))
    for c in range(8):
        assert tone(uv[:, c], 10 + 5 * c) == pytest.approx(200, rel=0.02)
    assert set(status) == {0xC00000}


def test_lead_off_bits_name_the_electrode() -> None:
    electrodes = off(P=[0, 3], N=[5])
    rules = {LOFF: 0x00, SENSP: 0xFF, SENSN: 0xFF, CONFIG4: 0x02}
    _, status = measure(rules, electrodes=electrodes)
    assert set(status) == {0xC00000 | 0b00001001 << 12 | 0b00100000 << 4}


@pytest.mark.parametrize(
    ("change", "bits"),
    [
        ({CONFIG4: 0x00}, 0),  # comparators off
        ({LOFF: 0x01}, 0),  # AC mode
        ({SENSP: 0x00}, 0),
        ({SENSP: 0xFE}, 0),
        ({FLIP: 0x01}, 1 << 12),
    ],
)
def test_lead_off_bits_need_sense_comparator_and_dc(change: dict[int, int], bits: int) -> None:
    rules = {LOFF: 0x00, SENSP: 0x01, SENSN: 0x00, CONFIG4: 0x02} | change
    _, status = measure(rules, electrodes=off(P=[0]))
    assert set(status) == {0xC00000 | bits}


@pytest.mark.parametrize(
    ("loff", "ohm", "bit"),
    # The input rests at 2.5 V of 5 V and trips where current times resistance passes COMP_TH.
    [
        (0x00, 370e6, 0),  # 6 nA, 95 %: 2.25 V
        (0x00, 380e6, 1),
        (0x04, 90e6, 0),  # 24 nA
        (0x04, 97e6, 1),
        (0x08, 370e3, 0),  # 6 uA
        (0x08, 380e3, 1),
        (0xE8, 160e3, 0),  # 6 uA, 70 %: 1 V
        (0xE8, 170e3, 1),
        (0x0C, 97e3, 1),  # 24 uA
    ],
)
def test_lead_off_thresholds(loff: int, ohm: float, bit: int) -> None:
    electrodes = Electrodes()
    electrodes.ohm[0, 2] = ohm
    _, status = measure({LOFF: loff, SENSP: 0x04, CONFIG4: 0x02}, electrodes=electrodes, n=5)
    assert set(status) == {0xC00000 | bit << 14}


def test_ac_lead_off_measures_impedance() -> None:
    electrodes = Electrodes()
    electrodes.ohm[:, 1] = 100e3, 50e3
    uv, _ = measure({LOFF: 0x02, SENSP: 0x02, SENSN: 0x02}, electrodes=electrodes, n=2048)
    # 6 nA through 150 kOhm is a square wave of +-900 uV at 31.25 Hz; its first harmonic 4 / pi.
    assert tone(uv[:, 1], 31.25) == pytest.approx(900 * 4 / np.pi, rel=0.03)
    assert tone(uv[:, 0], 31.25) < 1


def test_dc_lead_off_is_an_offset_and_can_be_flipped() -> None:
    uv, _ = measure({LOFF: 0x04, SENSP: 0x01, SENSN: 0x03})
    assert uv[:, 0].mean() == pytest.approx(24e-3 * 20e3, rel=0.01)  # 24 nA, twice 10 kOhm
    assert uv[:, 1].mean() == pytest.approx(24e-3 * 10e3, rel=0.01)
    uv, _ = measure({LOFF: 0x04, SENSP: 0x01, SENSN: 0x03, FLIP: 0x01})
    assert uv[:, 0].mean() == pytest.approx(-24e-3 * 20e3, rel=0.01)


def test_an_open_electrode_carries_hum_and_no_muscle() -> None:
    uv, _ = measure(electrodes=off(P=[2]), source=Waveform(sines))
    assert np.abs(uv[:, 2]).max() > 180_000  # at the rails
    assert tone(uv[:, 3], 25) == pytest.approx(200, rel=0.02)


def test_a_bad_contact_brings_hum() -> None:
    electrodes = Electrodes()
    electrodes.ohm[0, 4] = 510e3
    uv, _ = measure(electrodes=electrodes)
    assert 100 < tone(uv[:, 4], 50) < 200  # 0.3 nA through 500 kOhm more than on the other side
    assert tone(uv[:, 0], 50) < 0.1


def test_bridged_channels_are_alike() -> None:
    uv, _ = measure(electrodes=Electrodes(bridged=[(0, 1)]), source=Waveform(sines))
    assert np.corrcoef(uv[:, 0], uv[:, 1])[0, 1] > 0.9999
    assert tone(uv[:, 0], 10) == pytest.approx(100, rel=0.02)
    assert np.corrcoef(uv[:, 1], uv[:, 2])[0, 1] < 0.1


def test_srb2_joins_positive_inputs_and_srb1_takes_the_negative_ones() -> None:
    uv, _ = measure({0x05: 0x68, 0x06: 0x68}, source=Waveform(sines))
    assert tone(uv[:, 0], 15) == pytest.approx(50, rel=0.05)  # channel 1 shines through
    assert tone(uv[:, 2], 20) == pytest.approx(200, rel=0.02)
    uv, _ = measure({MISC1: 0x20}, source=Waveform(sines))
    assert tone(uv[:, 0], 10) == pytest.approx(100, rel=0.02)


def test_hum_and_offset_on_one_channel() -> None:
    electrodes = Electrodes(hum_uv={0: 500.0}, offset_mv={1: 180.0}, hum_hz=60.0)
    uv, _ = measure(electrodes=electrodes)
    assert tone(uv[:, 0], 60) == pytest.approx(500, rel=0.03)
    assert uv[:, 1].mean() == pytest.approx(180_000, rel=0.001)
    uv, _ = measure({0x05: 0x61}, electrodes=electrodes)
    assert tone(uv[:, 0], 60) < 0.1  # shorted inside the chip, the electrode is away


def test_flaws_of_the_chip_show_with_its_own_signals() -> None:
    flaws = Flaws(noise_uv={3: 10.0}, gain={5: 0.9})
    uv, _ = measure({0x05 + c: 0x61 for c in range(8)}, flaws=flaws)
    assert uv[:, 3].std() == pytest.approx(10, rel=0.1)
    assert uv[:, 2].std() == pytest.approx(0.28, rel=0.1)
    uv, _ = measure({0x02: 0xD3} | {0x05 + c: 0x65 for c in range(8)}, flaws=flaws)
    assert uv[:, 5].mean() == pytest.approx(-1875 * 0.9, abs=1)
    assert uv[:, 4].mean() == pytest.approx(-1875, abs=1)
