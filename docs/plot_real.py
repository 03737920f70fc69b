"""Draws docs/pictures: `emgd spot --plot` on the real recordings of tests/data/real."""

import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parent
REAL = DOCS.parent / "tests" / "data" / "real"

# What each file does not say itself, or says wrongly: the first one's third column is named V, and
# holds millivolts as the others do. 0.73 microvolts are 3 V over 12 bits, amplified 1000 times.
FACE = "corrugator supercilii,zygomaticus major,levator labii superioris alaeque nasi"
FILES = {
    "countenance_femg_raw_exported_sample.txt": [
        *("--channels", "0,1,2"),
        *("--unit", "mV"),
        *("--muscles", FACE),
    ],
    "biosppy_emg_1.txt": ["--unit", "count", "--uv-per-count", "0.73"],
}


def main() -> int:
    """Draw them anew."""
    for name, options in FILES.items():
        picture = DOCS / "pictures" / f"{name.removesuffix('.txt')}.png"
        picture.parent.mkdir(exist_ok=True)
        picture.unlink(missing_ok=True)
        command = ["emgd", "spot", str(REAL / name), *options, "--plot", str(picture)]
        print(f"$ {' '.join(command)}", flush=True)
        if status := subprocess.run([sys.executable, "-m", *command], check=False).returncode:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
