"""What the decoder's processes can still do: layers that each hold without the others."""

from tingzhen.media.sandbox.layers import (
    Confinement,
    Layer,
    confine,
    detect_and_isolate,
    missing,
)

__all__ = ["Confinement", "Layer", "confine", "detect_and_isolate", "missing"]
