"""What the arrays of the metrics hold."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# Instead of an index: there is none.
NONE = -1
