"""Lists of movements, true or found, from the files that people have them in."""

from emgd.movements.model import Movements, MovementsFault, Told
from emgd.movements.read import read

__all__ = ["Movements", "MovementsFault", "Told", "read"]
