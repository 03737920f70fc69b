"""Registers of the ADS1299: addresses, fields, gains, rates, resets. Data sheet SBAS499C, p.44."""

from dataclasses import dataclass

ID = 0x00
CONFIG1 = 0x01
CONFIG2 = 0x02
CONFIG3 = 0x03
LOFF = 0x04
CH1SET = 0x05
BIAS_SENSP = 0x0D
BIAS_SENSN = 0x0E
LOFF_SENSP = 0x0F
LOFF_SENSN = 0x10
LOFF_FLIP = 0x11
LOFF_STATP = 0x12
LOFF_STATN = 0x13
GPIO = 0x14
MISC1 = 0x15
MISC2 = 0x16
CONFIG4 = 0x17
COUNT = 0x18

CHIP_STRIDE = 0x20  # a second chip's registers, as the link addresses them
CHANNELS_PER_CHIP = 8

NAMES = {
    ID: "ID",
    CONFIG1: "CONFIG1",
    CONFIG2: "CONFIG2",
    CONFIG3: "CONFIG3",
    LOFF: "LOFF",
    **{CH1SET + i: f"CH{i + 1}SET" for i in range(CHANNELS_PER_CHIP)},
    BIAS_SENSP: "BIAS_SENSP",
    BIAS_SENSN: "BIAS_SENSN",
    LOFF_SENSP: "LOFF_SENSP",
    LOFF_SENSN: "LOFF_SENSN",
    LOFF_FLIP: "LOFF_FLIP",
    LOFF_STATP: "LOFF_STATP",
    LOFF_STATN: "LOFF_STATN",
    GPIO: "GPIO",
    MISC1: "MISC1",
    MISC2: "MISC2",
    CONFIG4: "CONFIG4",
}

# Opcodes, p.40
WAKEUP = 0x02
STANDBY = 0x04
RESET = 0x06
START = 0x08
STOP = 0x0A
RDATAC = 0x10
SDATAC = 0x11

RATES_HZ = {16000: 0, 8000: 1, 4000: 2, 2000: 3, 1000: 4, 500: 5, 250: 6}
GAINS = {1: 0, 2: 1, 4: 2, 6: 3, 8: 4, 12: 5, 24: 6}

CONFIG1_FIXED = 0x90  # bits 7 and 4 read 1
CONFIG1_WIRING = 0x60  # DAISY_EN, CLK_EN: a second chip may run on this one's clock
CONFIG2_FIXED = 0xC0
INT_CAL = 0x10  # of CONFIG2: the test signal is made inside the chip
CONFIG3_FIXED = 0x60
PD_REFBUF = 0x80  # of CONFIG3, 1: internal reference on
BIASREF_INT = 0x08  # of CONFIG3: the bias reference is the middle of the chip's supply
PD_BIAS = 0x04  # of CONFIG3, 1: bias buffer on
CHANNEL_OFF = 0x80  # of CHnSET
SRB2 = 0x08  # of CHnSET: the SRB2 pin to this P input
SRB1 = 0x20  # of MISC1: the SRB1 pin to all N inputs
PD_LOFF_COMP = 0x02  # of CONFIG4, 1: lead-off comparators on
GPIO_ALL_INPUTS = 0x0F
READABLE_ONLY = {ID, LOFF_STATP, LOFF_STATN}

# What a channel is connected to: CHnSET bits 2..0, p.51
MUX = {
    "normal": 0,
    "shorted": 1,
    "bias measure": 2,
    "supply": 3,
    "temperature": 4,
    "test": 5,
    "bias drive p": 6,
    "bias drive n": 7,
}
# The test signal: CONFIG2 bits 2 and 1..0, p.47; amplitudes at a reference of 4.5 V
TEST_AMPLITUDES_UV = {1875: 0x00, 3750: 0x04}
TEST_FREQUENCIES_HZ = {0.977: 0, 1.953: 1, 0.0: 3}
# Lead-off: LOFF bits 1..0, 3..2 and 7..5, p.48
LEAD_OFF_MODES = {"dc": 0, "7.8 Hz": 1, "31.2 Hz": 2, "rate/4": 3}
LEAD_OFF_CURRENTS_NA = {6: 0, 24: 1, 6000: 2, 24000: 3}
LEAD_OFF_THRESHOLDS_PCT = {95.0: 0, 92.5: 1, 90.0: 2, 87.5: 3, 85.0: 4, 80.0: 5, 75.0: 6, 70.0: 7}

FULL_SCALE_COUNTS = 1 << 23
CLIP_HIGH = FULL_SCALE_COUNTS - 1
CLIP_LOW = -FULL_SCALE_COUNTS

_DEVICE_MASK = 0x1C  # bit 4 reads 1, DEV_ID (bits 3 and 2) reads 11; bits 7..5 are the revision
_CHANNELS_OF_ID = {0: 4, 1: 6, 2: 8}


@dataclass(frozen=True, slots=True)
class ChipId:
    """What the ID register says."""

    value: int

    @property
    def is_ads1299(self) -> bool:
        """Whether this is an ADS1299 of any size and revision."""
        return self.value & _DEVICE_MASK == _DEVICE_MASK and self.value & 3 in _CHANNELS_OF_ID

    @property
    def channels(self) -> int:
        """How many channels this member of the family has; 0 where it is none."""
        return _CHANNELS_OF_ID.get(self.value & 3, 0) if self.is_ads1299 else 0


def name_of(address: int) -> str:
    """The register's name, with its chip where that is the second."""
    chip, register = divmod(address, CHIP_STRIDE)
    name = NAMES.get(register, f"0x{register:02X}")
    return f"{name} of chip {chip + 1}" if chip else name


def rate_of(config1: int) -> int | None:
    """The sampling rate in CONFIG1; None for the reserved setting."""
    return next((rate for rate, bits in RATES_HZ.items() if bits == config1 & 7), None)


def gain_of(chnset: int) -> int | None:
    """The gain in a CHnSET; None for the setting that is not allowed."""
    return next((gain for gain, bits in GAINS.items() if bits == (chnset >> 4) & 7), None)


def uv_per_count(vref_uv: int, gain: int) -> float:
    """One count in microvolts, p.36."""
    return vref_uv / (gain * FULL_SCALE_COUNTS)
