"""The comparison as a table for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from tingzhen.training.noise_candidates.protocol import RECORDING, SOURCE

HEAD = (
    "| candidate | what | balanced accuracy | first two | macro AUC | normals called faulty "
    "| source left out: balanced accuracy | first two | training, s | parameters | 10 s, ms |"
)


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Markdown: one row a candidate, values with their 95 % interval, n below."""
    lines = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    lines += [_row(result) for result in results]
    counts = [
        f"{name} n = {result[kind]['balanced_accuracy']['n']}"
        for result in results[:1]
        for kind, name in ((RECORDING, "By recording"), (SOURCE, "source left out"))
        if kind in result
    ]
    return "\n".join([*lines, "", "; ".join(counts) + " recordings of the seven types.", ""])


def _row(result: Mapping[str, Any]) -> str:
    within, apart, cost = result[RECORDING], result.get(SOURCE), result["cost"]
    cells = [
        f"`{result['name']}`",
        str(result["what"]),
        figure(within["balanced_accuracy"]),
        figure(within["among_first_two"]),
        figure(within["macro_auc"]),
        figure(within["verdict"]["normals_called_abnormal"]),
        figure(apart["balanced_accuracy"]) if apart else "not run",
        figure(apart["among_first_two"]) if apart else "not run",
        f"{result['training_s']:.1f}",
        f"{cost['parameters']:,}" if cost["parameters"] else "sum",
        f"{cost['ten_seconds_ms']:.0f}" if cost["ten_seconds_ms"] else "sum",
    ]
    return "| " + " | ".join(cells) + " |"


def figure(found: Mapping[str, Any]) -> str:
    """A value with its interval; a dash where there is none."""
    if found["value"] is None:
        return "–"
    if found["low"] is None:
        return f"{found['value']:.2f}"
    return f"{found['value']:.2f} ({found['low']:.2f} to {found['high']:.2f})"
