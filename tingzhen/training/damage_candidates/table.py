"""Results as a Markdown table."""

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = ("candidate", "what", "px", "folds", "mAP", "mean AUC", "scratch", "dent", "lamp",
         "place", "false alarms", "training, s", "parameters", "a picture, ms")  # fmt: skip


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """One row a candidate, in the order given; see docs/damage-candidates.md."""
    lines = ["| " + " | ".join(_HEAD) + " |", "|" + "---|" * len(_HEAD)]
    lines += ["| " + " | ".join(_cells(result)) + " |" for result in results]
    return "\n".join(lines) + "\n"


def _cells(result: Mapping[str, Any]) -> list[str]:
    figures, cost = result["figures"], result["cost"]
    of_type = [figures["types"].get(name) for name in ("scratch", "dent", "lamp_broken")]
    return [
        f"`{result['name']}`", result["what"], str(result["input_px"]), str(result["folds"]),
        _figure(figures["map"]), _figure(figures["mean_auc"]), *(_figure(one) for one in of_type),
        _figure(figures["place"]), _figure(figures["false_alarms"]),
        "–" if figures["training_s"] is None else f"{figures['training_s']:,.0f}",
        f"{cost['parameters']:,}", f"{cost['ms']:.0f}",
    ]  # fmt: skip


def _figure(one: Mapping[str, Any] | None) -> str:
    if one is None or one["value"] is None:
        return "–"
    if one["low"] is None:
        return f"{one['value']:.2f}"
    return f"{one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})"
