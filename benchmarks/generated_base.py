"""A generated knowledge base of any number of fault trees, for measuring speed.

SIMULATION: the faults are the shipped ones again and again, each with its numbers scattered, its
own words, codes and tests. What it says of vehicles is nothing; it only has the size and the shape
of a car maker's base.
"""

from dataclasses import replace

import numpy as np

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.knowledge import CodeFactor, DiagnosticTest, Fault, Words
from tingzhen.language import Text


def generated_base(shipped: KnowledgeBase, trees: int, seed: int = 1) -> KnowledgeBase:
    """Trees of 3 to 5 causes; a test for each cause, and one that tells those of a tree apart."""
    rng = np.random.default_rng(seed)
    mechanical = [shipped.faults[row] for row in shipped.mechanical]
    visible = [fault for fault in shipped.faults if fault.damage is not None]
    pattern = shipped.tests[0]
    faults: list[Fault] = [replace(fault, tests={}) for fault in visible]
    tests: list[DiagnosticTest] = []
    for tree in range(trees):
        own = replace(pattern, id=f"tree{tree}", minutes=float(rng.uniform(3, 30)), drives=False)
        tests.append(own)
        for cause in range(int(rng.integers(3, 6))):
            name = f"f{tree}_{cause}"
            confirming = replace(pattern, id=f"t{tree}_{cause}", minutes=float(rng.uniform(5, 90)))
            tests.append(confirming)
            fault = scattered(mechanical[int(rng.integers(len(mechanical)))], name, rng)
            outcome = own.outcomes[cause % len(own.outcomes)].id
            first = confirming.outcomes[0].id
            faults.append(
                replace(fault, tests={own.id: {outcome: 0.7}, confirming.id: {first: 0.9}})
            )
    return KnowledgeBase(
        tuple(faults), tuple(tests), shipped.settings, shipped.word_meanings, shipped.dangers,
        shipped.recordings,
    )  # fmt: skip


def scattered(fault: Fault, name: str, rng: np.random.Generator) -> Fault:
    """The same fault with other numbers: probabilities by half a logit, ratios by a third."""

    def moved(probability: float) -> float:
        logit = np.log(probability / (1.0 - probability)) + rng.normal(0.0, 0.5)
        return float(1.0 / (1.0 + np.exp(-logit)))

    def stretched(ratio: float) -> float:
        return float(ratio * np.exp(rng.normal(0.0, 0.3)))

    return replace(
        fault, id=name, name=Text(f"{fault.name.zh} {name}", f"{fault.name.en} {name}"),
        prior=stretched(fault.prior),
        noises={t: moved(p) for t, p in fault.noises.items()},
        damages={d: moved(p) for d, p in fault.damages.items()},
        when={w: stretched(x) for w, x in fault.when.items()},
        ranges=tuple(replace(r, factor=stretched(r.factor)) for r in fault.ranges),
        codes=(CodeFactor(f"P{int(rng.integers(4))}{int(rng.integers(4096)):03X}", 20.0),),
        words=Words((f"{fault.words.zh[0] if fault.words.zh else '异响'}{name}",), (name,)),
        words_factor=8.0,
    )  # fmt: skip
