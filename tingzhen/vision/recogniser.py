"""Frames in, damage findings out, on ONNX Runtime.

What the network's numbers mean is in the bundle's metadata: `calibration` (Platt scaling for each
type), `thresholds` and the limits of what it was taught; `photo` holds the same for photos, which
are looked at more closely than the frames of a clip (tiles.py). A bundle without it looks at a
photo as at a frame. Nothing here is tuned by hand beside them.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from tingzhen.bundle import CPU, Bundle, ModelInfo
from tingzhen.errors import BundleError
from tingzhen.language import Text
from tingzhen.vision.decision import Calibration, Limits, sigmoid
from tingzhen.vision.findings import DamageFindings
from tingzhen.vision.frames import TimedFrame, choose_frames
from tingzhen.vision.geometry import Placement, fit_square
from tingzhen.vision.judge import judge, ordered
from tingzhen.vision.photographic import is_photographic
from tingzhen.vision.places import FrameScores, best_places
from tingzhen.vision.tiles import join_logits, join_maps, photo_views
from tingzhen.vision.vocabulary import DAMAGE_TYPES

__all__ = ["DamageRecogniser", "FrameScores", "best_places"]

_ROWS_ON_GPU: Final = 8
"""Pictures of one run; on a CPU one, whose maps then stay in its cache."""

_R = TypeVar("_R")
NO_PHOTOGRAPH_DISTANCE: Final = 10.0
"""Beyond any limit: the distance of two embeddings is at most 2."""


class DamageRecogniser:
    """Recognises visible damage with one bundle; safe to use from several threads at once."""

    info: ModelInfo

    def __init__(self, bundle: Bundle) -> None:
        """Raises BundleError when the bundle's metadata does not fit this version."""
        self.info = bundle.info
        self._session = bundle.session
        self._rows = 1 if bundle.provider == CPU else _ROWS_ON_GPU
        try:
            self._read(bundle.metadata)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                Text(f"损伤模型包 {bundle.info.name} 的元数据不完整：{error}。",
                     f"The metadata of the damage bundle {bundle.info.name} are incomplete: "
                     f"{error}.")
            ) from error  # fmt: skip

    def _read(self, metadata: dict[str, Any]) -> None:
        if tuple(metadata["labels"]) != DAMAGE_TYPES:
            raise ValueError("labels")
        self.input_px = int(metadata["input_px"])
        self._calibration = Calibration.from_metadata(metadata["calibration"])
        self.limits = Limits.from_metadata(metadata["thresholds"])
        photo = metadata.get("photo")
        self.tiled = photo is not None
        decided = photo or metadata
        self.photo_calibration = Calibration.from_metadata(decided["calibration"])
        self.photo_limits = Limits.from_metadata(decided["thresholds"])

    def score(self, pictures: Sequence[NDArray[np.uint8]]) -> tuple[FrameScores, list[Placement]]:
        """Scores of RGB pictures, each uint8 (height, width, 3), in bounded memory."""

        def score(some: Sequence[NDArray[np.uint8]]) -> tuple[FrameScores, list[Placement]]:
            squares, placements = [], []
            for rgb in some:
                square, placement = fit_square(rgb, self.input_px)
                squares.append(square.transpose(2, 0, 1))
                placements.append(placement)
            logits, raw_map, distance = self._run(np.stack(squares))
            return (
                FrameScores(
                    self._calibration.probabilities(logits),
                    sigmoid(raw_map),
                    _told_apart(some, distance),
                ),
                placements,
            )

        scored, placements = zip(*self._side_by_side(score, pictures), strict=True)
        return (
            FrameScores(
                np.concatenate([part.probabilities for part in scored]),
                np.concatenate([part.places for part in scored]),
                np.concatenate([part.distances for part in scored]),
            ),
            [placement for part in placements for placement in part],
        )

    def score_photo(self, rgb: NDArray[np.uint8]) -> tuple[FrameScores, list[Placement]]:
        """Scores of one photo, uint8 (height, width, 3) RGB; with tiles where the bundle has limits
        for them."""
        if not self.tiled:
            return self.score([rgb])
        views, placed = photo_views(rgb, self.input_px)
        scored = self._side_by_side(self._run, views.transpose(0, 3, 1, 2))
        logits, maps, distances = (np.concatenate(parts) for parts in zip(*scored, strict=True))
        return (
            FrameScores(
                self.photo_calibration.probabilities(join_logits(logits)[None]),
                sigmoid(join_maps(maps)[None]),
                _told_apart([rgb], distances[:1]),
            ),
            [placed],
        )

    def _run(self, pictures: NDArray[np.uint8]) -> Sequence[NDArray[np.float32]]:
        """Scores, map and distance of each: uint8 (n, 3, side, side)."""
        outputs: Sequence[NDArray[np.float32]] = self._session.run(
            ["scores", "map", "distance"], {"pictures": pictures}
        )
        return outputs

    def _side_by_side(
        self, run: Callable[[Any], _R], pictures: Sequence[Any] | NDArray[Any]
    ) -> list[_R]:
        """What `run` gives for parts of the pictures, in their order; as many at once as there are
        cores. The scores of a picture are the same to the last bit however they are parted."""
        starts = range(0, len(pictures), self._rows)
        parts = [pictures[start : start + self._rows] for start in starts]
        if len(parts) == 1:
            return [run(parts[0])]
        with ThreadPoolExecutor(
            min(os.cpu_count() or 1, len(parts)), thread_name_prefix="damage"
        ) as pool:
            return list(pool.map(run, parts))

    def recognise(
        self, frames: Sequence[TimedFrame], *, poor: Sequence[str] = ()
    ) -> DamageFindings:
        """What is visible in the frames of one clip or photo.

        poor: quality codes of the recording (vision/frames.py says what becomes of them).
        """
        if not frames:
            return DamageFindings("no_video", ordered(np.zeros(len(DAMAGE_TYPES), np.float32)))
        frames = choose_frames(frames)
        if len(frames) == 1:
            scores, placements = self.score_photo(frames[0].rgb)
            return judge(frames, scores, placements, self.photo_limits, poor)
        scores, placements = self.score([frame.rgb for frame in frames])
        return judge(frames, scores, placements, self.limits, poor)

    def embed(self, frames: Sequence[TimedFrame]) -> NDArray[np.float32] | None:
        """What the network makes of the whole pictures before it decides, for comparing clips:
        float32 (D,), the mean over the frames that `recognise` would choose; None without frames.

        Each picture is looked at whole, a photo too, so that photos and clips can be compared.
        """
        if not frames:
            return None
        embeddings = []
        for frame in choose_frames(frames):
            square, _ = fit_square(frame.rgb, self.input_px)
            (found,) = self._session.run(
                ["embedding"], {"pictures": square.transpose(2, 0, 1)[None]}
            )
            embeddings.append(found[0])
        return np.asarray(np.mean(embeddings, axis=0), dtype=np.float32)


def _told_apart(
    pictures: Sequence[NDArray[np.uint8]], distances: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Distances; NO_PHOTOGRAPH_DISTANCE for what the embedding does not know for a stranger."""
    photographic = np.array([is_photographic(rgb) for rgb in pictures])
    return np.where(photographic, distances, NO_PHOTOGRAPH_DISTANCE).astype(np.float32)
