"""The figures of the simulated workshop, as JSON, as text for a terminal and as a page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tingzhen.diagnosis.simulated_workshop import ENGINE, FIXED_ORDER, FLEET, Played
from tingzhen.diagnosis.simulated_workshop.figures import Figure, mean, median_min, saving

BEGIN, END = "<!-- figures: python -m benchmarks.workshop -->", "<!-- end of figures -->"
LEAST_FIX, MOST_FIX_BEFORE, LEAST_SAVING = 0.92, 0.78, 0.30
_SHOWN = (
    ("first_time_fix", "fixed first time", "{:.3f}"),
    ("right_repair_first", "no wrong repair", "{:.3f}"),
    ("gave_up", "handed over", "{:.3f}"),
    ("tests", "tests", "{:.2f}"),
    ("finding_min", "minutes to find", "{:.0f}"),
    ("finding_cny", "CNY to find", "{:.0f}"),
    ("whole_cny", "CNY in all", "{:.0f}"),
)

Figures = dict[str, Any]


def figures(parts: Mapping[str, tuple[Any, Sequence[Played]]]) -> Figures:
    """All figures of the parts that have vehicles; the first part is the one that is judged."""
    shown = [_part(part, played) for part, played in parts.values()]
    marks = _marks(*next(iter(parts.values()))) if shown else []
    return {"simulation": True, "parts": shown, "marks": marks}


def as_text(figures: Figures) -> str:
    """For a terminal: the same tables as the page."""
    return "SIMULATION. Nothing here was measured on vehicles.\n\n" + "\n".join(_tables(figures))


def write(page: Path, figures: Figures) -> None:
    """Put the tables between the two marks of the page. Raises SystemExit where there are none."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{page} has no place for the figures ({BEGIN} ... {END})")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    tables = "\n".join(_tables(figures))
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n{END}{after}", encoding="utf-8")


def _part(part: Any, played: Sequence[Played]) -> Figures:
    measured = [p for p in part.policies if (p, part.rates[0]) in played[0].visits]
    rows = []
    for rate in part.rates:
        for policy in measured:
            row: Figures = {"policy": policy, "wrong_answers": rate}
            row |= {m: _numbers(mean(played, policy, rate, m)) for m, *_ in _SHOWN}
            row["median_min"] = median_min(played, policy, rate)
            row["none_of_these"] = _none_of_these(played, policy, rate)
            if policy != FIXED_ORDER:
                row["saving"] = {
                    m: _numbers(saving(played, policy, FIXED_ORDER, rate, m))
                    for m in ("finding_cny", "finding_min", "whole_cny")
                }
            rows.append(row)
    rate = 0.05
    best = FLEET if FLEET in measured else ENGINE
    kinds = [
        {
            "kind": name, "n": len(of),
            **{policy: {"first_time_fix": _numbers(mean(of, policy, rate, "first_time_fix")),
                        "finding_min": _numbers(mean(of, policy, rate, "finding_min")),
                        "median_min": median_min(of, policy, rate)}
               for policy in (FIXED_ORDER, best)},
        }
        for name, of in _by_kind(played).items()
        if of
    ]  # fmt: skip
    return {
        "name": part.name, "trees": part.trees, "orders": part.orders, "vehicles": len(played),
        "planned": part.vehicles, "trees_met": len({one.tree for one in played}), "rows": rows,
        "by_kind": kinds, "best": best,
    }  # fmt: skip


def _by_kind(played: Sequence[Played]) -> dict[str, list[Played]]:
    """How complex a vehicle is, by what the world drew and not by what a policy made of it."""
    alone = [one for one in played if one.faults == 1 and one.known]
    kinds = {f"one of {n} causes": [one for one in alone if one.causes == n] for n in (3, 4, 5)}
    kinds["two faults"] = [one for one in played if one.faults == 2 and one.known]
    kinds["a cause in no tree"] = [one for one in played if not one.known]
    return kinds


def _none_of_these(played: Sequence[Played], policy: str, rate: float) -> Figures:
    """Handed over as "none of these": of the vehicles with a cause in no tree; of the others."""
    share = {}
    for name, known in (("right", False), ("wrong", True)):
        of = [one for one in played if one.known == known]
        share[name] = (
            sum(one.visits[policy, rate].gave_up for one in of) / len(of) if of else None
        )  # fmt: skip
    return share


def _marks(part: Any, played: Sequence[Played]) -> list[Figures]:
    """The marks, at 5 % wrong answers."""
    rate = 0.05
    marks = []
    for policy in (ENGINE, FLEET):
        if (policy, rate) not in played[0].visits:
            continue
        found = saving(played, policy, FIXED_ORDER, rate, "finding_cny")
        whole = saving(played, policy, FIXED_ORDER, rate, "whole_cny")
        first = mean(played, policy, rate, "first_time_fix")
        before = mean(played, FIXED_ORDER, rate, "first_time_fix")
        marks += [
            {"mark": f"{policy}: cost of finding at least 30 % under the fixed order",
             "figure": _numbers(found), "met": found.value >= LEAST_SAVING},
            {"mark": f"{policy}: the same with the needed repair in the cost",
             "figure": _numbers(whole), "met": whole.value >= LEAST_SAVING},
            {"mark": f"{policy}: fixed first time at least 0.92",
             "figure": _numbers(first), "met": first.value >= LEAST_FIX},
            {"mark": "fixed order: fixed first time 0.78 or less",
             "figure": _numbers(before), "met": before.value <= MOST_FIX_BEFORE},
        ]  # fmt: skip
    return list({one["mark"]: one for one in marks}.values())


def _numbers(figure: Figure) -> list[float]:
    return [round(figure.value, 4), round(figure.low, 4), round(figure.high, 4)]


def _tables(figures: Figures) -> list[str]:
    lines: list[str] = []
    if figures["marks"]:
        part = figures["parts"][0]
        lines += [
            f"Marks, {part['name']}, 5 % wrong answers, {_size(part)}:", "",
            "| mark | simulated | 95 % interval | met |", "|---|---|---|---|",
            *(f"| {m['mark']} | {m['figure'][0]:.3f} | {m['figure'][1]:.3f} to "
              f"{m['figure'][2]:.3f} | {'yes' if m['met'] else '**no**'} |"
              for m in figures["marks"]), "",
        ]  # fmt: skip
    for number, part in enumerate(figures["parts"]):
        if number == 0:
            lines += _in_full(part)
        elif number == 1:
            lines += [
                "Other worlds, 5 % wrong answers. Fixed first time, CNY to find the fault, and "
                "what the engine saves of these against the fixed order:", "",
                "| world | vehicles | fixed order | P/C | engine | fixed order, CNY | "
                "engine, CNY | saved |", "|---|---|---|---|---|---|---|---|",
            ]  # fmt: skip
        if number > 0:
            lines.append(_in_short(part))
    return [*lines, ""]


def _size(part: Figures) -> str:
    orders = f", {part['orders']:,} work orders" if part["orders"] else ""
    short = "" if part["vehicles"] == part["planned"] else f" of {part['planned']:,} planned"
    return f"{part['trees']:,} trees{orders}, {part['vehicles']:,}{short} vehicles"


def _in_full(part: Figures) -> list[str]:
    head = "| wrong answers | policy | " + " | ".join(name for _, name, _ in _SHOWN)
    lines = [
        f"All policies, {part['name']}, {_size(part)} with faults of {part['trees_met']:,} trees; "
        "means, with 95 % intervals (trees resampled) for what is judged:", "",
        head + " | median minutes | none of these, right / wrong |",
        "|" + "---|" * (len(_SHOWN) + 4),
    ]  # fmt: skip
    for row in part["rows"]:
        cells = [f"{row['wrong_answers']:.0%}", row["policy"]]
        for measure, _, form in _SHOWN:
            value, low, high = row[measure]
            interval = measure in ("first_time_fix", "finding_cny")
            span = f" ({form.format(low)} to {form.format(high)})" if interval else ""
            cells.append(form.format(value) + span)
        cells.append(f"{row['median_min']:.0f}")
        none = row["none_of_these"]
        cells.append(" / ".join("-" if v is None else f"{v:.2f}" for v in none.values()))
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", f"By how complex the fault is, 5 % wrong answers; second figure: {part['best']}:",
              "", "| vehicle | n | fixed first time | mean minutes to find | median minutes |",
              "|---|---|---|---|---|"]  # fmt: skip
    for kind in part["by_kind"]:
        pairs = (kind[FIXED_ORDER], kind[part["best"]])
        lines.append(
            f"| {kind['kind']} | {kind['n']} | "
            + " → ".join(f"{one['first_time_fix'][0]:.2f}" for one in pairs) + " | "
            + " → ".join(f"{one['finding_min'][0]:.0f}" for one in pairs) + " | "
            + " → ".join(f"{one['median_min']:.0f}" for one in pairs) + " |"
        )  # fmt: skip
    return [*lines, ""]


def _in_short(part: Figures) -> str:
    rows = {row["policy"]: row for row in part["rows"] if row["wrong_answers"] == 0.05}
    fixed, engine = rows[FIXED_ORDER], rows[ENGINE]
    saved = engine["saving"]["finding_cny"]
    return (
        f"| {part['name']} | {part['vehicles']} | {fixed['first_time_fix'][0]:.3f} | "
        f"{rows['P/C']['first_time_fix'][0]:.3f} | {engine['first_time_fix'][0]:.3f} | "
        f"{fixed['finding_cny'][0]:.0f} | {engine['finding_cny'][0]:.0f} | "
        f"{saved[0]:.0%} ({saved[1]:.0%} to {saved[2]:.0%}) |"
    )
