"""Open a clip safely and decode it once: sound, upright frames, facts and quality."""

from tingzhen.media.clip import (
    SAMPLE_RATE_HZ,
    AudioFacts,
    Clip,
    Frame,
    Kind,
    QualityFact,
    Sound,
    VideoFacts,
)
from tingzhen.media.decoder_client import close_decoder, shared_decoder
from tingzhen.media.find import Source, find_media
from tingzhen.media.limits import Limits
from tingzhen.media.quality import QUALITY, quality_fact
from tingzhen.media.read import read_clip
from tingzhen.media.sandbox import Layer

__all__ = [
    "QUALITY",
    "SAMPLE_RATE_HZ",
    "AudioFacts",
    "Clip",
    "Frame",
    "Kind",
    "Layer",
    "Limits",
    "QualityFact",
    "Sound",
    "Source",
    "VideoFacts",
    "close_decoder",
    "find_media",
    "quality_fact",
    "read_clip",
    "shared_decoder",
]
