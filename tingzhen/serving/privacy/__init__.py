"""What of a clip people may hear and see: no voices, no faces, no plates; and for how long."""

from tingzhen.serving.privacy.blurring import blur
from tingzhen.serving.privacy.masking import mask_speech
from tingzhen.serving.privacy.people import Hidden, hidden_places
from tingzhen.serving.privacy.speech import speech_probability, speech_spans

__all__ = [
    "Hidden",
    "blur",
    "hidden_places",
    "mask_speech",
    "speech_probability",
    "speech_spans",
]
