"""Patterns as files for people: the search's JSON, and for each pattern a picture and a table."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import select

from tingzhen.diagnosis.cases import SIMULATION, CaseColumns, CaseStore
from tingzhen.diagnosis.cases.store import counted
from tingzhen.diagnosis.cases.tables import CASES
from tingzhen.diagnosis.patterns import (
    Patterns,
    closed_cases,
    pattern_plot,
    vehicles_concerned,
    vehicles_csv,
)
from tingzhen.diagnosis.patterns.as_json import fault_name, patterns_as_dict
from tingzhen.errors import CasesUnavailable
from tingzhen.language import Language, Text


@dataclass(frozen=True, slots=True, eq=False)
class StoredCases:
    """Counted cases of one kind, with the trouble codes of each. simulated: generated ones alone;
    left_out: how many of the other kind there are."""

    columns: CaseColumns
    codes: Sequence[Sequence[str]]
    simulated: bool = False
    left_out: int = 0


def read_cases(store: CaseStore, *, simulated: bool | None = None) -> StoredCases:
    """simulated: generated cases alone, or those of workshops alone; None: those of workshops,
    where there are any. Never both: no figure mixes them. Raises CasesUnavailable."""
    columns = store.columns()
    generated = columns.source.codes == columns.source.code(SIMULATION)
    if simulated is None:
        simulated = bool(generated.all()) and len(columns) > 0
    chosen = np.flatnonzero(generated == simulated)
    left_out = len(columns) - len(chosen)
    columns = columns.take(chosen)
    query = select(CASES.c.id, CASES.c.codes).where(counted())
    with store.reading() as connection:
        codes = {str(case): str(stored) for case, stored in connection.execute(query)}
    # A case may have come in between the two readings, or have become a duplicate: by id.
    listed = [codes.get(case, "") for case in columns.ids]
    listed_codes = [text.split(",") if text else [] for text in listed]
    return StoredCases(columns, listed_codes, simulated, left_out)


def write_patterns(
    folder: Path,
    patterns: Patterns,
    stored: StoredCases,
    names: Mapping[str, Text],
    *,
    language: Language,
    since: date | None = None,
) -> list[Path]:
    """patterns.json, and for each confirmed pattern NN-fault.svg and NN-fault-vehicles.csv.

    Raises CasesUnavailable where the folder cannot be written.
    """
    closed = closed_cases(stored.columns, stored.codes, since)
    written = []

    def write(name: str, text: str, encoding: str = "utf-8") -> None:
        written.append(folder / name)
        written[-1].write_text(text, encoding=encoding, newline="")

    try:
        folder.mkdir(parents=True, exist_ok=True)
        listed = patterns_as_dict(
            patterns, names, language, simulated=stored.simulated, left_out=stored.left_out
        )
        write("patterns.json", json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
        for number, pattern in enumerate(patterns.confirmed, start=1):
            stem = f"{number:02d}-" + re.sub(r"[^\w.-]+", "_", pattern.fault)[:60]
            name = fault_name(names, pattern.fault)
            write(
                f"{stem}.svg",
                pattern_plot(closed, pattern, name, language, simulated=stored.simulated),
            )
            vehicles = vehicles_concerned(
                stored.columns, pattern.fault, pattern.condition, codes=stored.codes, since=since
            )
            # With a mark of its encoding, so that spreadsheets show Chinese.
            write(f"{stem}-vehicles.csv", vehicles_csv(vehicles), "utf-8-sig")
    except OSError as error:
        raise CasesUnavailable(
            Text(
                f"无法写入文件夹 {folder}：{error.strerror}。",
                f"The folder {folder} cannot be written: {error.strerror}.",
            )
        ) from error
    return written
