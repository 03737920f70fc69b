"""Which channel lies on which muscle, as the method's paper places them."""

MUSCLES = (
    "frontalis",
    "corrugator supercilii",
    "orbicularis oculi",
    "levator labii superioris alaeque nasi",
    "zygomaticus major",
    "orbicularis oris",
    "depressor anguli oris",
)


def default_name(channel: int) -> str:
    """The name of a channel that the configuration does not name."""
    return f"c{channel + 1}"


def default_muscle(channel: int) -> str:
    """The muscle of a channel that the configuration does not name; empty where it is free."""
    return MUSCLES[channel] if channel < len(MUSCLES) else ""
