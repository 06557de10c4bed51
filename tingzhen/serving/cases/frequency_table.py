"""A table of how often faults were confirmed, for a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases.frequencies import FaultFrequency
from tingzhen.language import Language, Text

_HEADINGS = (
    Text("故障", "Fault"),
    Text("专家", "Expert"),
    Text("案例", "Cases"),
    Text("本车型", "This model"),
    Text("后验", "Posterior"),
    Text("95 % 区间", "95 % interval"),
    Text("倍数", "Factor"),
)


def print_frequencies(
    found: Sequence[FaultFrequency], knowledge: KnowledgeBase, language: Language
) -> None:
    """Shares are of the fault's group: mechanical, or one visible damage."""
    names = {fault.id: fault.name for fault in knowledge.faults}
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(_HEADINGS):
        table.add_column(heading.to(language), justify="right" if number else "left")
    for f in found:
        table.add_row(
            names[f.fault].to(language), f"{f.expert:.2%}", f"{f.orders:,.0f}",
            f"{f.model_orders:,.0f}", f"{f.share:.2%}", f"{f.low:.2%}–{f.high:.2%}",
            f"× {f.factor:.2f}",
        )  # fmt: skip
    Console(highlight=False).print(table)
