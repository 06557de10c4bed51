"""A guided session in the terminal: what is shown before each question, in zh or en."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Styled

from tingzhen.language import Language, Text
from tingzhen.serving.guide.view import AdviceView, GuideView, SpreadView, TestView
from tingzhen.serving.line_breaks import Paragraph
from tingzhen.serving.report.phrases import percent, phrase
from tingzhen.serving.terminal.blocks import bars, visible

DRIVE_STYLE: Final = {
    "stop": "bold white on red", "soon": "bold black on yellow", "ok": "bold black on green",
    "unknown": "bold black on white",
}  # fmt: skip
SEEN_CHOICES: Final = (
    ("gone", Text("故障消失", "The fault is gone")),
    ("partly", Text("好了一部分，还有别的故障", "Partly gone: there is another fault as well")),
    ("still_there", Text("故障仍在", "It is still there")),
)
KEYS: Final = Text(
    "u 撤销  s 跳过  ? 结果不明确  n 今天无法做  b 重新考虑跳过的检查  r 修了别的  h 转交专家  "
    "q 保存退出",
    "u undo  s skip  ? unclear  n not today  b bring back what was set aside  "
    "r I repaired something else  h hand over  q keep and quit",
)
_KIND: Final = {
    "test": Text("检查", "Test"), "repair": Text("维修", "Repair"),
    "no_fault_found": Text("没有故障", "No fault"), "hand_over": Text("转交专家", "Hand over"),
    "ended": Text("结束", "The end"),
}  # fmt: skip
WORDS: Final[dict[str, Text]] = {
    "again": Text("重查", "again"),
    "safety": Text("安全优先", "safety first"),
    "risk": Text("注意", "Mind"),
    "tools": Text("工具", "Tools"),
    "parts": Text("配件", "Parts"),
    "warranty": Text("保修", "Warranty"),
    "could_help": Text("若能做会更省", "Would be next if it could be done"),
    "left": Text("预计还需", "Still to come"),
    "spent": Text("已用", "So far"),
    "right": Text("最可能的维修是对的", "The best repair is right"),
    "confirm": Text("是，就这样结束", "Yes, end it so"),
    "resumed": Text("从上次的第 {n} 步之后继续。", "Going on after step {n} of last time."),
    "kept": Text("已保存，随时可以继续：{path}", "Kept; go on at any time: {path}"),
    "case": Text("案例已写入 {path}", "The case is written to {path}"),
    "case_kept": Text("案例已存入案例库。", "The case is kept in the database of cases."),
    "case_not_kept": Text("案例未能存入案例库：{why}",
                          "The case could not be kept in the database of cases: {why}"),
    "what_repaired": Text("修了什么？（上表中原因的编号，或用文字写明）",
                          "What did you repair? (a number of the list above, or words)"),
    "seen": Text("修后怎么样？", "And now?"),
    "which_back": Text("哪一项？", "Which one?"),
    "none_set_aside": Text("没有跳过的检查。", "Nothing is set aside."),
    "nothing_to_undo": Text("没有可撤销的步骤。", "There is no step to undo."),
    "not_a_key": Text("不认识“{given}”。", "“{given}” is not one of the keys."),
}  # fmt: skip


def word(key: str, language: Language, **values: object) -> str:
    return WORDS[key].to(language).format(**values)


def print_opening(console: Console, view: GuideView, language: Language) -> None:
    """Whether to drive, before all else."""
    drive = Styled.assemble(
        (f" {phrase(f'drive_{view.drive}', language)} ", DRIVE_STYLE[view.drive]), " ",
        view.drive_reason,
    )  # fmt: skip
    title = Styled(visible(view.name), "bold") if view.name else None
    console.print(Panel(Paragraph(drive), title=title, title_align="left", padding=(0, 1)))


def print_view(console: Console, view: GuideView, language: Language) -> None:
    """The session as it stands: causes, what to do next and why, what is still to come."""
    console.print(Group(*_blocks(view, language)))


def _blocks(view: GuideView, language: Language) -> Iterable[RenderableType]:
    yield Styled()
    yield bars(
        [(f"{n} {visible(cause.name)}" + (" ⚠" if cause.dangerous else ""), cause.probability)
         for n, cause in enumerate(view.causes, start=1)],
        language,
    )  # fmt: skip
    yield from _advice(view.advice, language)
    for test in view.advice.could_help:
        line = f"{word('could_help', language)}: {test.name}"
        yield _indented(Styled(line, "yellow"))
    yield _indented(Styled(_money_and_time(view, language), "dim"))


def _advice(advice: AdviceView, language: Language) -> Iterable[RenderableType]:
    name = _KIND[advice.kind].to(language)
    subject = advice.test.name if advice.test else advice.repair.name if advice.repair else ""
    marks = [word("safety", language)] if advice.safety_first else []
    marks += [word("again", language)] if advice.again else []
    yield Styled()
    yield Styled.assemble(
        (f" {name} ", "bold black on cyan"), " ", (subject, "bold"),
        ("".join(f"  [{mark}]" for mark in marks), "yellow"),
        (f"  {_spend(advice.minutes, advice.cny, language)}" if advice.minutes else "", "dim"),
    )  # fmt: skip
    yield _indented(Styled(advice.why))
    if advice.test is not None:
        yield from _test(advice.test, language)
    if advice.repair is not None:
        yield _indented(Styled(advice.repair.steps))
        if advice.repair.parts:
            yield _fact("parts", _listed(advice.repair.parts, language), language)
        if advice.repair.warranty:
            yield _fact("warranty", advice.repair.warranty, language)


def _test(test: TestView, language: Language) -> Iterable[RenderableType]:
    yield _indented(Styled(test.how))
    if test.tools:
        yield _fact("tools", _listed(test.tools, language), language)
    if test.risk_note:
        yield _indented(Styled(f"⚠ {word('risk', language)}: {test.risk_note}", "bold red"))


def choices(rows: Iterable[str]) -> RenderableType:
    """Numbered answers."""
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bold cyan", justify="right")
    table.add_column()
    for number, text in enumerate(rows, start=1):
        table.add_row(str(number), visible(text))
    return Padding(table, (0, 0, 0, 2))


def _money_and_time(view: GuideView, language: Language) -> str:
    parts = []
    if view.left is not None:
        left = view.left
        cny = f"{left.cny.expected:.0f} {_cny(language)} ({_range(left.cny)})"
        parts.append(
            f"{word('left', language)}: {left.minutes.expected:.0f} min "
            f"({_range(left.minutes)}), {cny}"
        )
    if view.best_repair is not None and view.left is not None:
        right = percent(view.best_repair.right, language)
        parts.append(f"{word('right', language)}: {right}")
    if view.spent.minutes:
        parts.append(
            f"{word('spent', language)}: {_spend(view.spent.minutes, view.spent.cny, language)}"
        )
    return " · ".join(parts)


def _range(spread: SpreadView) -> str:
    return f"{spread.low:.0f}–{spread.high:.0f}"


def _spend(minutes: float, cny: float, language: Language) -> str:
    return f"{minutes:.0f} min, {cny:.0f} {_cny(language)}"


def _cny(language: Language) -> str:
    return "元" if language == "zh" else "CNY"


def _listed(items: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(items)


def _fact(key: str, text: str, language: Language) -> RenderableType:
    return _indented(Styled.assemble((f"{word(key, language)}: ", "dim"), text))


def _indented(content: Styled) -> RenderableType:
    return Padding(Paragraph(content), (0, 0, 0, 2))
