"""What to do for each muscle, in words for the participant."""

MOVEMENTS = {
    "frontalis": "Raise both eyebrows as high as you can.",
    "corrugator supercilii": "Frown: draw the eyebrows together and down, as hard as you can.",
    "orbicularis oculi": "Close both eyes as tightly as you can.",
    "levator labii superioris alaeque nasi": "Wrinkle the nose and pull the upper lip up, "
    "as hard as you can.",
    "zygomaticus major": "Smile with all effort: the corners of the mouth back and up.",
    "orbicularis oris": "Pucker the lips and press them together, as hard as you can.",
    "depressor anguli oris": "Pull the corners of the mouth down as far as you can.",
}
SIDES = frozenset({"left", "right", "l", "r", "l.", "r."})


def movement(muscle: str, name: str) -> str:
    """The instruction for a channel; a muscle may be shortened and have a side."""
    words = (word for word in muscle.lower().replace("_", " ").split() if word not in SIDES)
    said = " ".join(words)
    meant = [text for known, text in MOVEMENTS.items() if said and known.startswith(said)]
    if len(meant) == 1:
        return meant[0]
    return f"Contract the muscle under {name}{f' ({muscle})' if muscle else ''} as hard as you can."
