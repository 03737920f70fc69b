"""spidev, as the driver uses it."""

from simulated_pi import Spi as SpiDev

__all__ = ["SpiDev"]
