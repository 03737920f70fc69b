"""A chip on SPI on the bench."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ads1299 import registers as reg
from ads1299.chip import check_id
from ads1299.plan import BoardPlan
from ads1299.source import LineError, RegisterBus, Source
from ads1299.spi_bus import SpiBus
from ads1299.spi_device import SpiOpener

from emgd.doctor.bench import Identity


class SpiBench:
    """A `Bench` for a chip on SPI: `make_source` is what the daemon reads it with."""

    def __init__(
        self, opener: SpiOpener, make_source: Callable[[BoardPlan], Source], packet_samples: int
    ) -> None:
        self.name = opener.name
        self.source = make_source
        self._opener = opener
        self._packet_samples = packet_samples

    def meet(self) -> tuple[Identity, list[bytes]]:
        """Find the chip, stop it, and read all its registers."""
        with self.buses(1) as (bus,):
            registers = bus.read(reg.ID, reg.COUNT)
        channels = check_id(registers[reg.ID], self.name).channels
        return Identity("a chip on SPI", "", channels, self._packet_samples), [registers]

    @contextmanager
    def buses(self, chips: int) -> Iterator[list[RegisterBus]]:
        """The chip's register port, for as long as the block lasts."""
        assert chips == 1  # what the daemon reads over SPI
        ports = self._opener.open()
        try:
            bus = SpiBus(ports.spi, self._opener.speed_hz)
            bus.command(reg.SDATAC)
            bus.command(reg.STOP)
            yield [bus]
        except OSError as error:
            raise LineError(f"{self.name}: {error.strerror or error}") from error
        finally:
            ports.close()

    def set_packet(self, samples: int) -> None:
        """The packets of a chip are made by the PC."""

    def close(self) -> None:
        """Nothing stays open between measurements."""
