"""All candidates, from the cheapest on."""

from dataclasses import replace

from tingzhen.training.damage.fit import FitSettings
from tingzhen.training.damage.network import NetworkSettings
from tingzhen.training.damage_candidates.classifier import classifier
from tingzhen.training.damage_candidates.detector import DetectorSettings, detector
from tingzhen.training.damage_candidates.frozen import frozen_linear
from tingzhen.training.damage_candidates.protocol import Candidate

EPOCHS = 3.0
FROZEN_LIKE_FIRST = 14  # blocks: what the first shipped network left as they were
LOW_FROZEN = 3

_LITE0 = FitSettings(NetworkSettings("lite0", 384, LOW_FROZEN))

CATALOGUE: tuple[Candidate, ...] = (
    Candidate(
        "frozen_linear", "frozen features of lite0, logistic regression", 256,
        frozen_linear("lite0", 256, "rich"),
    ),
    Candidate(
        "dense_frozen_256", "lite0, places taught, blocks 0 to 13 frozen", 256,
        classifier(
            FitSettings(NetworkSettings("lite0", 256, FROZEN_LIKE_FIRST)), epochs=EPOCHS
        ),
    ),
    Candidate(
        "dense_256", "lite0, places taught, blocks from 3 on learn", 256,
        classifier(FitSettings(NetworkSettings("lite0", 256, LOW_FROZEN)), epochs=EPOCHS),
    ),
    Candidate(
        "dense_384", "the same at 384 px", 384, classifier(_LITE0, epochs=EPOCHS)
    ),
    Candidate(
        "dense_384_all", "the same, the stem and blocks 0 to 2 learn too", 384,
        classifier(FitSettings(NetworkSettings("lite0", 384, 0)), epochs=EPOCHS),
    ),
    Candidate(
        "dense_384_lite1", "lite1, places taught, blocks from 3 on learn", 384,
        classifier(FitSettings(NetworkSettings("lite1", 384, LOW_FROZEN)), epochs=EPOCHS),
    ),
    Candidate(
        "dense_384_lite2", "lite2, places taught, blocks from 3 on learn", 384,
        classifier(FitSettings(NetworkSettings("lite2", 384, LOW_FROZEN)), epochs=EPOCHS),
    ),
    Candidate(
        "dense_512", "lite0, places taught, blocks from 3 on learn", 512,
        classifier(FitSettings(NetworkSettings("lite0", 512, LOW_FROZEN)), epochs=EPOCHS),
    ),
    Candidate(
        "dense_512_lite2", "lite2, places taught, blocks from 3 on learn", 512,
        classifier(FitSettings(NetworkSettings("lite2", 512, LOW_FROZEN)), epochs=EPOCHS),
    ),
    Candidate(
        "picture_only_384", "dense_384 taught by picture labels alone", 384,
        classifier(replace(_LITE0, place_weight=0.0), epochs=EPOCHS),
    ),
    Candidate(
        "detector_384", "FCOS on lite0, strides 16 to 64", 384,
        detector(DetectorSettings(), epochs=EPOCHS),
    ),
)  # fmt: skip
