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
CONFIG3_FIXED = 0x60
PD_REFBUF = 0x80  # 1: internal reference on
CHANNEL_OFF = 0x80
MUX_SHORTED = 0x01
GPIO_ALL_INPUTS = 0x0F
READABLE_ONLY = {ID, LOFF_STATP, LOFF_STATN}

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
