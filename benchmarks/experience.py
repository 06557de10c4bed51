"""Simulation: do the weights of rules of experience come to what is true?

    python -m benchmarks.experience [--rules 200] [--cases 300] [--seed 1] [--json]

Nothing here is measured in a workshop. Rules of known quality are drawn (the true factor on the
odds of what they look at), each with an author whose role and claim may be right or wrong, and a
stream of confirmed cases for each: how far the conditions held, what the base expected, whether it
was so. After some numbers of cases it prints, by true factor: the learned factor (quantiles over
the rules), how many rules say nothing, and the gain in logarithmic score on 200 further cases, in
bits a case, against the base alone, beside that of taking the claim at its word. The second table
sends the same through the whole engine: cases drawn from the shipped base with a planted rule.
"""

import argparse
import json
import math
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis import load_knowledge
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.diagnosis.experience import Link, Trial, parse_statement, trials_of, weight_of
from tingzhen.diagnosis.experience.expected import expectations, looked_at
from tingzhen.diagnosis.experience.learning import CAP, claimed_log_odds, learn
from tingzhen.diagnosis.experience.rule import CLAIMED_PROBABILITY, ROLES, STRENGTHS, TRUST
from tingzhen.diagnosis.experience.situation import situation_of_case

FACTORS = (0.3, 1.0, 2.0, 5.0, 15.0, 40.0)
SEEN = (0, 3, 10, 30, 100, 300)
FURTHER = 200
START = date(2026, 1, 1)


def chance(
    factor: float, expected: NDArray[np.float64], held: NDArray[np.float64]
) -> NDArray[np.float64]:
    """P(right) where the odds are multiplied by 1 + held (factor - 1)."""
    odds = expected / (1 - expected) * (1 + held * (factor - 1))
    return odds / (1 + odds)


def score_bits(right: NDArray[np.bool_], p: NDArray[np.float64]) -> float:
    return float(np.log2(np.where(right, p, 1 - p)).mean())


def draw(
    chances: np.random.Generator, factor: float, many: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """expected, held, right of so many cases; the base is calibrated but for the rule."""
    expected = np.clip(chances.beta(1.2, 6.0, many), 0.005, 0.95)
    held = chances.beta(4.0, 1.5, many)
    return expected, held, chances.random(many) < chance(factor, expected, held)


def streams(rules: int, cases: int, seed: int) -> list[dict[str, object]]:
    rows = []
    for factor in FACTORS:
        chances = np.random.default_rng([seed, round(factor * 10)])
        factors: dict[int, list[float]] = {n: [] for n in SEEN if n <= cases}
        gains: dict[int, list[float]] = {n: [] for n in factors}
        taken: list[float] = []
        for _ in range(rules):
            role, strength = chances.choice(ROLES), chances.choice(STRENGTHS)
            claimed = claimed_log_odds(CLAIMED_PROBABILITY[strength], 0.17)
            expected, held, right = draw(chances, factor, cases)
            later = draw(chances, factor, FURTHER)
            alone = score_bits(later[2], later[0])
            taken.append(
                score_bits(later[2], chance(math.exp(claimed), later[0], later[1])) - alone
            )
            trials = [
                Trial(f"{i:05}", START + timedelta(days=i % 300), float(h), float(q), bool(r))
                for i, (q, h, r) in enumerate(zip(expected, held, right, strict=True))
            ]
            for n, found in factors.items():
                weight = learn(
                    trials[:n], trust=TRUST[role], claimed=claimed, stated_on=START,
                    today=START + timedelta(days=300),
                )  # fmt: skip
                # The fade is a matter of age, not of what was learned.
                used = weight.log_ratio / weight.fade
                found.append(math.exp(used))
                gains[n].append(
                    score_bits(later[2], chance(math.exp(used), later[0], later[1])) - alone
                )
        rows += [
            {
                "true_factor": factor, "cases": n, "rules": rules,
                "learned_p10": float(np.quantile(factors[n], 0.1)),
                "learned_median": float(np.median(factors[n])),
                "learned_p90": float(np.quantile(factors[n], 0.9)),
                "silent": float(np.mean(np.array(factors[n]) == 1.0)),
                "gain_bits": float(np.mean(gains[n])),
                "gain_bits_se": float(np.std(gains[n]) / math.sqrt(rules)),
                "gain_bits_claim_at_its_word": float(np.mean(taken)),
            }
            for n in factors
        ]  # fmt: skip
    return rows


def through_the_engine(cases: int, seed: int) -> list[dict[str, object]]:
    """A squeal at a cold start, and which fault it was, drawn from the shipped base's own posterior
    with the odds of one fault multiplied by the planted factor."""
    knowledge = load_knowledge()
    item = {
        "conditions": {"noises": ["squeal"], "when": ["cold_start"]},
        "look_at": {"fault": "belt_tensioner_worn"}, "strength": "often", "role": "technician",
        "author": "sim", "date": START.isoformat(),
    }  # fmt: skip
    statement = parse_statement(item, knowledge)
    (row,) = looked_at(knowledge, statement.rule.look_at)
    found = []
    for factor in (1.0, 5.0, 15.0):
        chances = np.random.default_rng([seed, round(factor)])
        trials: list[Trial] = []
        for number in range(cases):
            case = CaseRecord(
                id=f"sim{number}", opened_on=START + timedelta(days=number % 300),
                source="work_order", when=("cold_start",),
                noises={"squeal": float(chances.beta(6.0, 1.5))},
                ambient_c=float(chances.normal(8, 12)),
                mileage_km=float(chances.uniform(5e3, 2.5e5)),
            )  # fmt: skip
            expected = expectations(knowledge, situation_of_case(case))[None]
            held = case.noises["squeal"]
            p = np.append(expected, max(0.0, 1.0 - expected.sum()))
            p[row] *= 1 + held * (factor - 1)
            fault = int(chances.choice(len(p), p=p / p.sum()))
            named = fault < len(knowledge.faults)
            confirmed = CaseRecord(
                id=case.id, opened_on=case.opened_on, source=case.source, when=case.when,
                noises=case.noises, ambient_c=case.ambient_c, mileage_km=case.mileage_km,
                fault=knowledge.faults[fault].id if named else None, none_of_these=not named,
            )  # fmt: skip
            trials += [t for _, t in trials_of(knowledge, [statement.rule], confirmed)]
        for n in (n for n in SEEN if n <= cases):
            link = Link(statement.rule, (statement,), tuple(trials[:n]))
            weight = weight_of(knowledge, link, START + timedelta(days=300))
            found.append(
                {
                    "true_factor": factor,
                    "cases": n,
                    "learned_factor": math.exp(weight.log_ratio / weight.fade),
                    "right": weight.right,
                    "expected": weight.expected,
                    "trust": weight.trust,
                }
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = streams(asked.rules, asked.cases, asked.seed)
    engine = through_the_engine(asked.cases, asked.seed)
    if asked.json:
        print(json.dumps({"simulation": True, "streams": rows, "engine": engine}))
        return
    print(f"SIMULATION: {asked.rules} rules a true factor, seed {asked.seed}; cap {CAP:g}\n")
    print(
        "| true factor | cases | learned: median (p10 to p90) | silent "
        "| gain, bits a case (± s.e.) | gain of the claim at its word |"
    )
    print("|---|---|---|---|---|---|")
    for r in rows:
        print(f"| {r['true_factor']:g} | {r['cases']} | {r['learned_median']:.2f} "
              f"({r['learned_p10']:.2f} to {r['learned_p90']:.2f}) | {r['silent']:.0%} | "
              f"{r['gain_bits']:+.4f} ± {r['gain_bits_se']:.4f} | "
              f"{r['gain_bits_claim_at_its_word']:+.4f} |")  # fmt: skip
    print("\nSIMULATION through the engine, one stream each\n")
    print("| true factor | cases | learned factor | right | expected without it | trust |")
    print("|---|---|---|---|---|---|")
    for r in engine:
        print(f"| {r['true_factor']:g} | {r['cases']} | {r['learned_factor']:.2f} | "
              f"{r['right']:.1f} | {r['expected']:.1f} | {r['trust']:.2f} |")  # fmt: skip


if __name__ == "__main__":
    main()
