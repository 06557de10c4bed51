"""SIMULATION. What the simulated workshop assumes, and other worlds to see what hangs on it.

None of these numbers is measured. They say what kind of fleet, fault trees, tests and technicians
the simulation draws; docs/simulated-workshop.md lists them for people. They were set before any
policy was played, and none is fitted to what a policy gives.
"""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """One kind of world, and how far the engine's knowledge is from it.

    Lognormal figures are given by median and sigma (of the natural log). Probabilities are 0..1.

    systems_per_tree: a tree belongs to one system, and trees of a system share tests.
    causes: of a tree, as its author knows them, with their shares.
    components_per_fault: what a system offers to test, for each fault; at 2, one fault in five
    shares its test with a fault of another tree.
    tree_skew, cause_skew, model_skew: sigma of how common trees, causes of a tree, and causes in a
    vehicle model are.
    missing_share: of vehicles whose fault is in no tree. two_faults_share: of vehicles with two.
    second_in_same_tree: of those.
    test_min, screening_min, repair_min, parts_cny, test_cny: lognormal costs, median and sigma.
    sensitivity, specificity: means of a test's own accuracy, done right. accuracy_sigma: their
    spread in log odds. screening_accuracy: P(the outcome that fits) of a screening test.
    hearing: separation d' of noise scores (area under ROC is Phi(d' / sqrt 2)); scores are
    calibrated for noise_base_rate. clip_share: of orders with a clip. code_share: of trees with a
    trouble code. code_stored: P(the code is stored). stale_code: P(a code of another tree is stored
    as well). complaint_share: of owners who name the symptom of the tree; other_symptom: of these,
    who name that of another tree of the system. misnamed_symptom: the share of symptoms written
    down by a technician that the engine takes to be of another tree (none are). misfiled_share:
    of work orders that record another cause of the same tree.
    prior_error, link_error: sigma of the engine's priors (log) and link strengths (log odds)
    around those of the world. extra_share: of the engine's faults that never happen.
    printed_order: sigma (log) of the error in the author's guess of P/C by which a tree is printed;
    0 for an order that is the best by what the base holds.
    """

    systems_per_tree: float = 1 / 20
    causes: tuple[tuple[int, float], ...] = ((3, 0.35), (4, 0.40), (5, 0.25))
    components_per_fault: float = 2.0
    screenings_per_system: int = 4
    tree_skew: float = 1.2
    cause_skew: float = 0.9
    model_skew: float = 0.5
    missing_share: float = 0.04
    two_faults_share: float = 0.06
    second_in_same_tree: float = 0.5
    test_min: tuple[float, float] = (22.0, 0.7)
    screening_min: tuple[float, float] = (9.0, 0.5)
    test_cny: tuple[float, float] = (8.0, 1.0)
    repair_min: tuple[float, float] = (50.0, 0.6)
    parts_cny: tuple[float, float] = (450.0, 1.0)
    sensitivity: float = 0.94
    specificity: float = 0.95
    accuracy_sigma: float = 0.5
    screening_accuracy: float = 0.85
    hearing: float = 1.8
    noise_base_rate: float = 0.15
    clip_share: float = 0.8
    code_share: float = 0.6
    code_stored: float = 0.85
    stale_code: float = 0.10
    complaint_share: float = 0.8
    other_symptom: float = 0.05
    misnamed_symptom: float = 0.001
    misfiled_share: float = 0.03
    prior_error: float = 0.8
    link_error: float = 0.5
    extra_share: float = 0.03
    printed_order: float = 1.0


USUAL: Final = Assumptions()

# What the result hangs on: each differs from the usual world in the fields given.
OTHER_WORLDS: Final[dict[str, Assumptions]] = {
    "trees printed in the best order": replace(USUAL, printed_order=0.0),
    "engine's priors far off": replace(USUAL, prior_error=1.6, link_error=1.0),
    "findings tell little": replace(USUAL, hearing=0.7, clip_share=0.4),
    "many causes in no tree": replace(USUAL, missing_share=0.12),
    "many vehicles with two faults": replace(USUAL, two_faults_share=0.20),
    "cheap parts, slow tests": replace(USUAL, parts_cny=(80.0, 1.0), test_min=(40.0, 0.7)),
    "reliable tests": replace(USUAL, sensitivity=0.99, specificity=0.99),
    "engine knows the world's numbers": replace(
        USUAL, prior_error=0.0, link_error=0.0, extra_share=0.0
    ),
}
