"""What the spotter's kernels are compiled for; one file's change is seen by all of them."""

from functools import partial
from typing import Any

import numpy as np
from mcubridge import jit
from numba import types
from numpy.typing import NDArray

kernel = partial(jit.kernel, family=("spot_*.py", "lanes.py", "kernels.py"))
part = jit.part

Fast = NDArray[np.float32]
Slow = NDArray[np.float64]
Counts = NDArray[np.int32]
Single = np.float32

untyped: Any = types
none, truth, i8, f8, single = types.void, types.boolean, types.int64, types.float64, types.float32
four = untyped.UniTuple(f8, 4)
fast, slow = types.float32[:, ::1], types.float64[:, ::1]
filtered = types.float32[:, :, ::1]
counts = types.Array(types.int32, 2, "C", readonly=True)
