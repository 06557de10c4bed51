"""What people say against the machine: kept with the clip, read by whoever labels."""

from tingzhen.serving.corrections.given import CorrectionRequest, correct
from tingzhen.serving.corrections.shown import CorrectionView, shown_to

__all__ = ["CorrectionRequest", "CorrectionView", "correct", "shown_to"]
