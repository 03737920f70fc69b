"""Drawing helpers for the picture of what was seen."""

import numpy as np

from emgd.video.open import Image

WIDTH = 960
GROUND, INK = 32, (220, 220, 220)


def fit(image: Image, grow: bool = True, width: int = WIDTH) -> Image:
    """As wide as the picture."""
    import cv2

    scale = width / image.shape[1]
    if scale < 1 or grow:
        size = (width, max(1, round(image.shape[0] * scale)))
        return np.asarray(
            cv2.resize(
                image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            ),
            np.uint8,
        )
    return image


def ruled(image: Image) -> Image:
    """With pixels marked along its edges."""
    import cv2

    image = image.copy()
    height, width = image.shape[:2]
    step = 50 if width < 800 else 200
    for x in range(step, width, step):
        cv2.line(image, (x, 0), (x, height // 40), INK, 1)
        write(image, str(x), (x + 2, height // 40 + 8))
    for y in range(step, height, step):
        cv2.line(image, (0, y), (width // 40, y), INK, 1)
        write(image, str(y), (2, y - 2))
    return image


def titled(title: str, image: Image) -> Image:
    """Under a line that says what it is."""
    out = np.full((image.shape[0] + 30, WIDTH, 3), GROUND, np.uint8)
    out[26 : 26 + image.shape[0], : image.shape[1]] = image
    write(out, title, (8, 18))
    return out


def write(image: Image, text: str, at: tuple[int, int]) -> None:
    """A few words at a place."""
    import cv2

    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, INK, 1, cv2.LINE_AA)
