"""SIMULATION: the simulated workshop, played. What a way of diagnosing is worth, with known truth.

    python -m benchmarks.workshop [--worlds]            300 vehicles, 200 trees; other worlds too
    python -m benchmarks.workshop --full --workers 2    2,000 vehicles, 8,000 trees, 120,000 orders,
                                                        and twelve other worlds
    python -m benchmarks.workshop --full --show --page docs/simulated-workshop.md

Every vehicle that was played is kept at once in --out; the same command goes on where it stopped
(--seconds stops it by itself). --show plays nothing more. figures.json in --out holds all figures,
--page writes them into a page, between its two marks.
"""

import argparse
import json
import multiprocessing
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks import workshop_page
from tingzhen.diagnosis import load_knowledge
from tingzhen.diagnosis.cases import open_cases
from tingzhen.diagnosis.simulated_workshop import (
    ENGINE,
    FIXED_ORDER,
    OTHER_WORLDS,
    POLICIES,
    RATES,
    USUAL,
    Assumptions,
    Played,
    SimulatedWorkshop,
    fleet_frequencies,
    open_workshop,
    play_vehicle,
    simulated_orders,
)
from tingzhen.diagnosis.simulated_workshop.experiment import as_json, from_json
from tingzhen.diagnosis.troubleshooting.prices import PRICES, Prices

_SEED = 1
_KEPT_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Part:
    """One world that is played. orders: of the fleet, for its frequencies; 0: none."""

    name: str
    assumptions: Assumptions
    trees: int
    vehicles: int
    orders: int
    policies: tuple[str, ...]
    rates: tuple[float, ...]
    prices: Prices = PRICES
    seed: int = _SEED


_CHEAP = replace(PRICES, wrong_repair_cny=0.0, first_time_cny=0.0, hand_over_min=120.0)
_COST_ALONE = replace(PRICES, first_time_cny=0.0)
_DEAR = replace(PRICES, wrong_repair_cny=1000.0)
_COMPARED = (FIXED_ORDER, "P/C", ENGINE)


def other_worlds(trees: int, vehicles: int) -> tuple[Part, ...]:
    """The usual world at this size, what hangs on its numbers, and on the prices."""
    usual = f"usual world, {trees} trees"
    worlds = (
        (usual, USUAL, PRICES),
        ("mistakes cost much", USUAL, _DEAR),
        ("mistakes cost little", USUAL, _CHEAP),
        ("fixing it first time counts as nothing", USUAL, _COST_ALONE),
        *((name, assumptions, PRICES) for name, assumptions in OTHER_WORLDS.items()),
    )
    return tuple(
        Part(name, assumptions, trees, vehicles, 0, _COMPARED, (0.05,), prices)
        for name, assumptions, prices in worlds
    )


SMALL = (Part("usual world", USUAL, 200, 300, 3000, POLICIES, (0.05,)),)
FULL = (
    Part("usual world", USUAL, 8000, 2000, 120_000, POLICIES, RATES),
    *other_worlds(800, 400),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="the whole simulation")
    parser.add_argument("--worlds", action="store_true", help="other worlds too: 150 vehicles each")
    parser.add_argument("--out", type=Path, help="where visits are kept (runs/workshop[-full])")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--vehicles", type=int, help="play so many at most in each world")
    parser.add_argument("--show", action="store_true", help="play nothing more, give the figures")
    parser.add_argument("--page", type=Path, help="write the figures into this page")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    given = parser.parse_args()
    out = given.out or Path("runs") / ("workshop-full" if given.full else "workshop")
    out.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + given.seconds
    parts = FULL if given.full else SMALL + (other_worlds(200, 150) if given.worlds else ())
    if not given.show:
        for part in parts:
            most = min(part.vehicles, given.vehicles or part.vehicles)
            play_part(part, out, most=most, workers=given.workers, end=end)
    played = {part.name: (part, kept(out, part)) for part in parts}
    figures = workshop_page.figures({name: one for name, one in played.items() if one[1]})
    (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if given.page:
        workshop_page.write(given.page, figures)
    if given.json:
        print(json.dumps(figures))
    else:
        Console().print(workshop_page.as_text(figures), markup=False)


def play_part(part: Part, out: Path, *, most: int, workers: int, end: float) -> None:
    """Play the vehicles of a part that are not kept yet, until the time is over."""
    done = {one.vehicle for one in kept(out, part)}
    left = [vehicle for vehicle in range(most) if vehicle not in done]
    if not left or time.monotonic() >= end:
        return
    file = _file(out, part)
    if not file.exists():
        file.write_text(json.dumps({"part": _as_dict(part)}) + "\n", encoding="utf-8")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    with file.open("a", encoding="utf-8") as lines, Progress(*columns) as progress:
        bar = progress.add_task(part.name, total=most, completed=most - len(left))
        for one in _played(part, out, left, workers):
            lines.write(json.dumps(as_json(one)) + "\n")
            lines.flush()
            progress.advance(bar)
            if time.monotonic() >= end:
                return


def kept(out: Path, part: Part) -> list[Played]:
    """The vehicles of a part that were played before, in their order.

    Raises SystemExit where the file is of another part.
    """
    file = _file(out, part)
    if not file.exists():
        return []
    first, *rest = file.read_text(encoding="utf-8").splitlines(keepends=True)
    if json.loads(first) != {"part": json.loads(json.dumps(_as_dict(part)))}:
        raise SystemExit(f"{file} was played with other settings; give another --out")
    # A line that was being written when the process ended is played again.
    whole = [line for line in rest if line.endswith("\n")]
    if len(whole) < len(rest):
        file.write_text(first + "".join(whole), encoding="utf-8")
    # Two processes at once may have played one vehicle twice; it came out the same.
    played = {one.vehicle: one for one in (from_json(json.loads(line)) for line in whole)}
    return [played[vehicle] for vehicle in sorted(played)]


_open: tuple[SimulatedWorkshop, Part] | None = None


def _played(part: Part, out: Path, vehicles: list[int], workers: int) -> Iterator[Played]:
    if workers == 1:
        _begin(part, out)
        yield from map(_one, vehicles)
        return
    _begin(part, out)  # once, before the processes are forked
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap_unordered(_one, vehicles)


def _begin(part: Part, out: Path) -> None:
    global _open  # noqa: PLW0603 - handed to the forked processes
    workshop = open_workshop(
        load_knowledge(), part.assumptions, part.prices, trees=part.trees,
        vehicles=part.vehicles, seed=part.seed,
    )  # fmt: skip
    if part.orders:
        workshop = replace(workshop, fleet=_fleet(workshop, part, out))
    _open = (workshop, part)


def _one(vehicle: int) -> Played:
    assert _open is not None
    workshop, part = _open
    return play_vehicle(workshop, vehicle, policies=part.policies, rates=part.rates)


def _fleet(workshop: SimulatedWorkshop, part: Part, out: Path) -> dict[str, dict[str, float]]:
    """Frequencies from the fleet's orders, counted by the database of cases; kept in `out`."""
    file = out / f"fleet-{part.trees}-{part.orders}-{part.seed}.json"
    if file.exists():
        factors: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8"))
        return factors
    database = out / "orders.sqlite"
    database.unlink(missing_ok=True)
    store = open_cases(f"sqlite:///{database.resolve()}")
    batch = []
    for order in simulated_orders(workshop.world, load_knowledge().word_meanings, part.orders):
        batch.append(order)
        if len(batch) == _KEPT_AT_ONCE:
            store.keep(batch)
            batch = []
    if batch:
        store.keep(batch)
    factors = fleet_frequencies(store, workshop.base)
    store.close()
    database.unlink()
    file.write_text(json.dumps(factors), encoding="utf-8")
    return factors


def _file(out: Path, part: Part) -> Path:
    return out / f"{re.sub(r'[^a-z0-9]+', '-', part.name.lower()).strip('-')}.jsonl"


def _as_dict(part: Part) -> dict[str, Any]:
    """What the visits depend on; the number of vehicles is not part of it."""
    return {name: value for name, value in asdict(part).items() if name != "vehicles"}


if __name__ == "__main__":
    main()
