"""All candidates, in the order in which they are run: teachers before their students."""

from functools import partial

from tingzhen.training.noise_candidates.candidates import (
    attention,
    fine_tuned,
    group_robust,
    linear,
    narrow,
    own,
    taught,
)
from tingzhen.training.noise_candidates.ensemble import Together, lesson
from tingzhen.training.noise_candidates.protocol import Candidate, Material, Rows, Split

MEMBERS = ("middle_linear", "own", "middle_attention")
MIDDLE = "middle_vector"


def _together(material: Material, rows: Rows, split: Split) -> Together:
    return Together(MEMBERS, material, split)


CATALOGUE: tuple[Candidate, ...] = (
    Candidate("last_linear", "last layer, mean, linear head", linear("last_vector")),
    Candidate(
        "middle_linear", "middle layer, mean and spread, linear head", linear(MIDDLE), teaches=True
    ),
    Candidate("middle_clean", "the same without phone augmentation", linear(MIDDLE), ("clean",)),
    Candidate(
        "middle_mixes", "the same, with faults and normals over other engines as well",
        linear(MIDDLE), ("clean", "phone", "mix"),
    ),
    Candidate("middle_cut", "middle layer, nothing above 4 kHz", linear("middle_cut")),
    Candidate("middle_even", "middle layer, mean spectrum removed", linear("middle_even")),
    Candidate("middle_unlevelled", "middle layer, level as recorded", linear("middle_unlevelled")),
    Candidate(
        "middle_unbalanced", "middle layer, each recording drawn alike", linear(MIDDLE, balance=1.0)
    ),
    Candidate(
        "middle_balanced", "middle layer, types and sources drawn alike",
        linear(MIDDLE, balance=0.0),
    ),
    Candidate(
        "middle_balanced_mixes", "drawn alike, and with mixes over other engines",
        linear(MIDDLE, balance=0.0), ("clean", "phone", "mix"),
    ),
    Candidate("middle_robust", "middle layer, group DRO", group_robust(MIDDLE)),
    Candidate(
        "middle_narrow", "middle layer, 64 units between", narrow(MIDDLE, adversarial=0.0)
    ),
    Candidate(
        "middle_narrow_balanced", "the same, types and sources drawn alike",
        narrow(MIDDLE, adversarial=0.0, balance=0.0),
    ),
    Candidate(
        "middle_adversarial", "64 units between, set against telling the source",
        narrow(MIDDLE, adversarial=1.0),
    ),
    Candidate(
        "middle_adversarial_mild", "the same, a fifth as strongly",
        narrow(MIDDLE, adversarial=0.2),
    ),
    Candidate("last_attention", "last layer, attention over time", attention("last")),
    Candidate(
        "middle_attention", "middle layer, attention over time", attention("middle"), teaches=True
    ),
    Candidate("own", "small network from scratch: PCEN, rhythm, tones", own, teaches=True),
    Candidate("ensemble", "mean of middle_linear, own and middle_attention", _together),
    Candidate(
        "distilled", "middle layer, linear head taught by the ensemble",
        taught(MIDDLE, partial(lesson, MEMBERS)),
    ),
    Candidate(
        "tuned_last_blocks", "blocks from the middle layer on learn for 120 steps of 16",
        fine_tuned(all_blocks=False), by_source=False,
    ),
    Candidate(
        "tuned_all_blocks", "all blocks learn for 60 steps of 16",
        fine_tuned(all_blocks=True), by_source=False,
    ),
)  # fmt: skip
