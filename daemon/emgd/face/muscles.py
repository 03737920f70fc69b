"""Which channel lies on which muscle, as the method's paper places them, and what muscles do."""

from dataclasses import dataclass

FRONTALIS = "frontalis"
CORRUGATOR = "corrugator supercilii"
OCULI = "orbicularis oculi"
LEVATOR = "levator labii superioris alaeque nasi"
ZYGOMATICUS = "zygomaticus major"
ORIS = "orbicularis oris"
DEPRESSOR = "depressor anguli oris"

MUSCLES = (FRONTALIS, CORRUGATOR, OCULI, LEVATOR, ZYGOMATICUS, ORIS, DEPRESSOR)
LOW_IN_THE_FACE = frozenset({ORIS, DEPRESSOR})

# The paper's Table 8
ACTION_UNITS: dict[str, tuple[int, ...]] = {
    FRONTALIS: (1, 2),
    CORRUGATOR: (4,),
    OCULI: (4, 5, 6, 7, 41, 42, 43, 44, 45),
    LEVATOR: (9, 10),
    ZYGOMATICUS: (11, 12),
    ORIS: (15, 16, 17, 18, 22, 23, 24, 28),
    DEPRESSOR: (14, 25),
}


@dataclass(frozen=True, slots=True)
class Emotion:
    """What the paper found of an emotion: how often, on which muscles, with which action units."""

    brief: int  # micro-expressions counted
    lasting: int  # macro-expressions counted
    muscles: tuple[str, ...]
    units: tuple[int, ...]
    prototype: tuple[str, ...] = ()  # muscles that the paper's Table 9 names


EMOTIONS: dict[str, Emotion] = {
    "anger": Emotion(49, 31, (CORRUGATOR, OCULI, ORIS), (4, 7, 16, 23), (CORRUGATOR, OCULI)),
    "disgust": Emotion(
        59,
        32,
        (CORRUGATOR, OCULI, LEVATOR, ORIS),
        (4, 7, 9, 17),
        (CORRUGATOR, LEVATOR, ORIS),
    ),
    "fear": Emotion(25, 27, (CORRUGATOR, OCULI), (4, 5, 7), (CORRUGATOR, OCULI)),
    "happiness": Emotion(
        26, 23, (OCULI, ZYGOMATICUS, DEPRESSOR), (6, 12, 14), (OCULI, ZYGOMATICUS)
    ),
    "sadness": Emotion(42, 23, (OCULI, ORIS, DEPRESSOR), (14, 15, 24, 43), (OCULI, DEPRESSOR)),
    "surprise": Emotion(27, 13, (FRONTALIS, OCULI), (2, 5), (FRONTALIS, OCULI)),
    "other": Emotion(2, 1, (OCULI,), (45,)),
}


def default_name(channel: int) -> str:
    """The name of a channel that the configuration does not name."""
    return f"c{channel + 1}"


def default_muscle(channel: int) -> str:
    """The muscle of a channel that the configuration does not name; empty where it is free."""
    return MUSCLES[channel] if channel < len(MUSCLES) else ""


def known_muscle(named: str) -> str:
    """The muscle of the tables that somebody's name for it means; empty where none or several do.

    Upper case, sides and shortened names are understood: "Left Zygomaticus", "corrugator".
    """
    words = [word for word in named.lower().replace("_", " ").split() if word not in _SIDES]
    said = " ".join(words)
    if not said:
        return ""
    meant = [muscle for muscle in MUSCLES if muscle == said]
    meant = meant or [muscle for muscle in MUSCLES if muscle.startswith(said)]
    meant = meant or [muscle for muscle in MUSCLES if said.startswith(muscle)]
    return meant[0] if len(meant) == 1 else ""


_SIDES = frozenset({"left", "right", "l", "r", "l.", "r.", "(left)", "(right)", "m.", "musculus"})
