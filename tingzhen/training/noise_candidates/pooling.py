"""From frames to one vector a clip, of the same kind for cuts of 1.5 s and clips of 10 s."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d

LOCAL_FRAMES = 10
"""1.6 s of the middle layer, some turns of an idling engine."""


def local_mean_and_spread(frames: Tensor, local: int = LOCAL_FRAMES) -> Tensor:
    """Frames (batch, time, channels) to (batch, time - local + 1, 2 channels): mean and standard
    deviation of each stretch of `local` frames; of all frames where there are fewer."""
    by_channel = frames.transpose(1, 2)
    width = min(local, by_channel.shape[2])
    # Centred first: float32 loses a small spread beside a large mean otherwise.
    middle = by_channel.mean(dim=2, keepdim=True)
    centred = by_channel - middle
    mean = avg_pool1d(centred, width, stride=1)
    square = avg_pool1d(centred * centred, width, stride=1)
    # The gradient of a root is without bound at zero.
    spread = torch.sqrt(torch.clamp(square - mean * mean, min=1e-12))
    return torch.cat([mean + middle, spread], dim=1).transpose(1, 2)


def mean_and_spread(frames: Tensor, local: int = LOCAL_FRAMES) -> Tensor:
    """Frames (batch, time, channels) to (batch, 2 channels): mean over time, and the standard
    deviation within stretches of `local` frames, mean over stretches.

    A spread over the whole clip would grow with its length, and the length tells the source.
    """
    spread = local_mean_and_spread(frames, local)[..., frames.shape[2] :]
    return torch.cat([frames.mean(dim=1), spread.mean(dim=1)], dim=1)
