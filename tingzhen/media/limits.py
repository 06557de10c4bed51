"""What a clip may cost. Settings of the service fill these in; the defaults suit a phone clip."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one clip; each has an error of its own.

    max_bytes: of the file. max_duration_s: of the longest track. max_pixels: of one stored picture
    (108-megapixel phone photos fit). max_streams: tracks in the container. decode_timeout_s: wall
    time of the child process, after which it is killed. decode_soft_s: CPU time after which only
    keyframes are decoded. max_memory_bytes: address space that the child may add.
    max_frames: pictures handed on, min_spacing_s: seconds between two of them, at least.
    frame_side_px: longer side of a picture handed on.
    decode_threads: at most, for the pictures; 0: as many as help a clip that is decoded alone. They
    shorten the wait and cost a quarter more of CPU time; what is decoded is the same.
    sandbox: "strict" decodes nothing where the decoder cannot be confined; "available" makes do
    with the layers that the machine offers (`tingzhen doctor` lists them).
    """

    max_bytes: int = 1_000_000_000
    max_duration_s: float = 180.0
    max_pixels: int = 120_000_000
    max_streams: int = 16
    decode_timeout_s: float = 15.0
    decode_soft_s: float = 8.0
    max_memory_bytes: int = 1_500_000_000
    max_frames: int = 32
    frame_side_px: int = 960
    min_spacing_s: float = 1.0
    decode_threads: int = 0
    sandbox: Literal["strict", "available"] = "strict"

    @property
    def max_output_bytes(self) -> int:
        """What a clip may give: float32 samples at 16 kHz, some over the duration, and pictures."""
        samples = int(self.max_duration_s + 2) * 16_000
        return 4 * samples + 3 * self.max_frames * self.frame_side_px**2
