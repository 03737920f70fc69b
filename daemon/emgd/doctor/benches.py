"""The bench for the source that the settings name."""

from emgd.config import ConfigError
from emgd.doctor.bench import Bench
from emgd.doctor.bench_link import LinkBench
from emgd.doctor.bench_spi import SpiBench
from emgd.settings import Settings
from emgd.sources import opener_of, plan_of, spi_address, spi_source


def open_bench(settings: Settings) -> Bench:
    """Nothing is connected yet; ConfigError where the source is none that can be examined."""
    url = settings.source
    scheme = url.partition(":")[0]
    if scheme == "file":
        raise ConfigError([f"  source: {url} is a recording: name a board"])
    if scheme != "spi":
        return LinkBench(opener_of(url), settings.board.silence_s)
    plan = plan_of(settings.board)
    spi_source(url, plan)  # refused here where the PC lacks what it takes
    return SpiBench(spi_address(url), lambda own: spi_source(url, own), plan.packet_samples)
