"""Signals from anybody's file: `emgd.signals.open_signal(path, wanted)`."""

from emgd.signals.model import Piece, Signal, SignalChannel, SignalFault, Wanted
from emgd.signals.opening import SUFFIXES, open_signal

__all__ = ["SUFFIXES", "Piece", "Signal", "SignalChannel", "SignalFault", "Wanted", "open_signal"]
