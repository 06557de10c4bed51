"""Which recordings are these: the same sound twice, or one that the model has already learned.

A copy under two names would stand on both sides of a fold, and a recording that the shipped model
was trained on would make it look better than it is.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.errors import ManifestError
from tingzhen.language import Text
from tingzhen.training.noise.bundle import group_mark
from tingzhen.training.noise.head import Neighbourhood

CONTENT = "training_content"
"""Key of the metadata under which a retrained bundle keeps content marks of what it learned."""
SAME = 0.05
"""A clip that lies so close to a learned one, in standard deviations, is taken for that clip.
Not measured, only tried: exact copies lie within it, though float16 weights move them a little."""


def file_digest(clip: NoiseClip) -> str:
    """SHA-256 of the clip's file, in hex. Raises ManifestError when it cannot be read."""
    try:
        return hashlib.sha256(clip.path.read_bytes()).hexdigest()
    except OSError as error:
        raise ManifestError(
            Text(f"录音 {clip.path} 无法读取：{error.strerror}。",
                 f"The recording {clip.path} cannot be read: {error.strerror}.")
        ) from error  # fmt: skip


def content_mark(digest: str) -> str:
    """Stands for a file's content in a bundle."""
    return digest[:10]


def check_copies(clips: Sequence[NoiseClip], digests: Sequence[str]) -> list[list[str]]:
    """Names of files of one content within a recording, which only count twice.

    Raises ManifestError when files of one content belong to several recordings: one would be
    learned and the other scored.
    """
    by_content: defaultdict[str, list[NoiseClip]] = defaultdict(list)
    for clip, digest in zip(clips, digests, strict=True):
        by_content[digest].append(clip)
    copies = [same for same in by_content.values() if len(same) > 1]
    leaks = [same for same in copies if len({(c.source, c.group) for c in same}) > 1]
    if leaks:
        shown = "; ".join(
            " = ".join(f"{c.path.parent.name}/{c.path.name}" for c in same) for same in leaks[:5]
        ) + (" …" if len(leaks) > 5 else "")
        raise ManifestError(
            Text(f"{len(leaks)} 段录音以不同名称重复出现（{shown}），训练与检验会互相泄漏。"
                 "请删去副本，或用同一前缀（名称__1）归为一组。",
                 f"{len(leaks)} recordings appear twice under different names ({shown}): one copy "
                 "would be learned and the other scored. Delete the copies, or give them one "
                 "prefix (name__1).")
        )  # fmt: skip
    return [[f"{c.path.parent.name}/{c.path.name}" for c in same] for same in copies]


def heard_before(
    clips: Sequence[NoiseClip],
    digests: Sequence[str],
    vectors: torch.Tensor,
    metadata: dict[str, object],
    neighbourhood: Neighbourhood,
) -> NDArray[np.bool_]:
    """(clips,): whether the bundle has learned the clip's recording: by the recording's name, by
    the file's content, or because it lies exactly on a learned clip. vectors: (clips, features) of
    the clips as they are."""
    names, contents = (
        set(found) if isinstance(found := metadata.get(key), list) else set()
        for key in ("training_groups", CONTENT)
    )
    near = neighbourhood.distance(vectors) < SAME
    known = {
        (clip.source, clip.group)
        for clip, digest, close in zip(clips, digests, near.tolist(), strict=True)
        if group_mark(clip) in names or content_mark(digest) in contents or close
    }
    return np.array([(clip.source, clip.group) in known for clip in clips], dtype=bool)
