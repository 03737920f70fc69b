"""Microvolts out of what a file calls its unit."""

DEFAULT_UV_PER_COUNT = 4.5e6 / 24 / (1 << 23)  # an ADS1299 at gain 24: reference 4.5 V, 24 bit

_UV = {
    "nv": 1e-3,
    "uv": 1.0,
    "\u00b5v": 1.0,  # the micro sign
    "\u03bcv": 1.0,  # the Greek letter
    "microvolt": 1.0,
    "microvolts": 1.0,
    "mv": 1e3,
    "millivolt": 1e3,
    "millivolts": 1e3,
    "v": 1e6,
    "volt": 1e6,
    "volts": 1e6,
}


def microvolts(unit: str) -> float | None:
    """Microvolts in 1 of the unit; None where it is no voltage."""
    return _UV.get(unit.strip().lower())
