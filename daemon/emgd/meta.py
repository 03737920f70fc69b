"""The `meta` of a board and a chain: all that a subscriber needs to read the rest."""

from dataclasses import asdict

from ads1299.source import BoardInfo
from ads1299.state import chip_states

from emgd import __version__
from emgd.dsp.decimation import HALF, design_taps
from emgd.dsp.filters import Design, FilterPlan
from emgd.dsp.response import half_power_hz
from emgd.face.muscles import default_muscle, default_name
from emgd.messages import Header
from emgd.settings import Channel


def describe(
    board: BoardInfo,
    channels: tuple[Channel, ...],
    plan: FilterPlan,
    chain: Design,
    started_ns: int,
) -> Header:
    """The fields of `meta`, beside the common keys."""
    return {
        "board": board.board,
        "firmware": board.firmware,
        "rate_hz": board.rate_hz,
        "channels": [_channel(board, channels, i) for i in range(board.channels)],
        "packet_samples": board.packet_samples,
        "chip": [asdict(chip) for chip in chip_states(board)],
        "response": _response(board, chain),
        "filter": {
            "band_hz": list(chain.band_hz),
            "band_order": plan.band_order,
            "notch_hz": list(chain.notches_hz),
            "env_hz": plan.env_hz,
            "env_order": plan.env_order,
            "env_delay_ms": chain.env_delay_ms,
            "sos_band": chain.band.tolist(),
            "sos_env": chain.env.tolist(),
        },
        "spotter": None,
        "mvc_uv": [None] * board.channels,
        "daemon": __version__,
        "started_ns": started_ns,
    }


def _response(board: BoardInfo, chain: Design) -> Header:
    """What is done before `raw`, and the band that remains: where the power is half."""
    raw_hz, low_hz, high_hz = half_power_hz(chain.band, board.rate_hz, board.oversample)
    chip_rate_hz = board.rate_hz * board.oversample
    fir = board.oversample > 1
    return {
        "oversample": board.oversample,
        "chip_rate_hz": chip_rate_hz,
        "fir": design_taps().tolist() if fir else None,
        "fir_delay_ms": HALF * 1000 / chip_rate_hz if fir else 0.0,
        "raw_to_hz": raw_hz,
        "emg_hz": [low_hz, high_hz],
    }


def muscles_of(board: BoardInfo, channels: tuple[Channel, ...]) -> list[str]:
    """The muscle of each channel as `meta` names it."""
    return [_channel(board, channels, i)["muscle"] for i in range(board.channels)]


def _channel(board: BoardInfo, channels: tuple[Channel, ...], i: int) -> Header:
    named = channels[i] if i < len(channels) else Channel(muscle=default_muscle(i))
    return {
        "name": named.name or default_name(i),
        "muscle": named.muscle,
        "gain": board.gains[i],
        "uv_per_count": board.uv_per_count[i],
        "active": board.active[i],
    }
