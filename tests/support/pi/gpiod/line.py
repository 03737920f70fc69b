"""The words for line settings."""

from enum import Enum


class Direction(Enum):
    INPUT = 2


class Edge(Enum):
    FALLING = 3


class Clock(Enum):
    MONOTONIC = 1
