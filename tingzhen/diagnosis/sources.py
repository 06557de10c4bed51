"""Where each number of the knowledge base comes from."""

from collections.abc import Mapping
from typing import Protocol


class Sourced(Protocol):
    """A fault, test, basic event or gate: `source` for all its numbers, `sources` for some."""

    @property
    def source(self) -> str: ...
    @property
    def sources(self) -> Mapping[str, str]: ...


def source_of(entry: Sourced, field: str) -> str:
    """Source of the number at `field` of the entry, "expert prior" or a named one.

    field: names joined by dots, as in the files: "prior", "noises.knock", "when.braking",
    "ranges.mileage_km", "codes.P030?", "words", "tests.oil_level.low", "repair.labour_min",
    "repair.cost_cny", "minutes", "cost_cny", "outcomes.low". The nearest statement counts:
    "tests.oil_level.low", then "tests.oil_level", "tests", and last the source of the whole entry.
    """
    parts = field.split(".")
    for length in range(len(parts), 0, -1):
        found = entry.sources.get(".".join(parts[:length]))
        if found is not None:
            return found
    return entry.source
