"""What an engineer has to know before using the new bundle, in plain sentences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES, NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.language import Text
from tingzhen.training.noise.learned_from import FEW
from tingzhen.training.noise_retraining.comparison import Paired
from tingzhen.training.noise_retraining.refit import Strength

WHAT: Mapping[str, Text] = {
    **{type_: Text(NOISE_NAMES[type_].zh, NOISE_NAMES[type_].en.lower()) for type_ in NOISE_TYPES},
    "faults_found": Text("发现异响", "faults found"),
    "no_false_alarm": Text("误报", "false alarms"),
}
BASIS: Mapping[str, Text] = {
    "synthetic": Text("（合成场景）", " (synthetic scenes)"),
    "synthetic_near": Text("（合成场景，近处判据）", " (synthetic scenes, head for near clips)"),
}
"""What a row was compared on, where it was not recordings."""


def named(row: Paired) -> Text:
    """The row's name with what it was compared on."""
    what, basis = WHAT[row.what], BASIS.get(row.basis)
    return what if basis is None else Text(what.zh + basis.zh, what.en + basis.en)


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened. recordings: of each type in the new data; heard: recordings that the start
    already knew, of `total`; copies: files of one content within a recording; raised: thresholds
    that went up, type to (before, after)."""

    recordings: Mapping[str, int]
    total: int
    heard: int
    copies: Sequence[Sequence[str]]
    strength: Strength
    raised: Mapping[str, tuple[float, float]]
    compared: Sequence[Paired]

    @property
    def counted(self) -> int:
        """Recordings that figures rest on."""
        return self.total - self.heard or self.total


def recordings_of(clips: Sequence[NoiseClip]) -> dict[str, int]:
    """Recordings of each type that the clips hold, in the order of the vocabulary."""
    count = Counter(t for t, _, _ in {(t, c.source, c.group) for c in clips for t in c.types})
    return {type_: count[type_] for type_ in NOISE_TYPES if count[type_]}


def warnings(facts: Facts) -> list[Text]:
    """What is wrong with the data, or was done because of it."""
    said: list[Text] = []
    few = {t: n for t, n in facts.recordings.items() if n < FEW}
    if few:
        zh = "、".join(f"{WHAT[t].zh} {n}" for t, n in few.items())
        en = ", ".join(f"{WHAT[t].en} {n}" for t, n in few.items())
        said.append(
            Text(f"以下类型的录音不足 {FEW} 段，学不到多少，也验证不了：{zh}。",
                 f"Under {FEW} recordings, too few to learn much from or to check: {en}.")
        )  # fmt: skip
    if not any(facts.recordings.get(type_) for type_ in ("normal", "not_vehicle")):
        said.append(
            Text("数据中没有正常车辆的录音，无法检验误报是否增加。请加入 normal。",
                 "There is no healthy recording, so nothing tells whether false alarms rise. Add "
                 "some under normal.")
        )  # fmt: skip
    if not any(facts.recordings.get(type_) for type_ in FAULT_NOISES):
        said.append(
            Text("数据中没有异响录音，异响只由合成声检验。",
                 "There is no recording of a fault: faults are checked on synthetic sound alone.")
        )  # fmt: skip
    if facts.heard:
        left = facts.total - facts.heard
        zh = "它们不计入比较" if left else "没有其他录音可比，因此原模型显得过好"
        en = (
            "they count in no comparison"
            if left
            else "there are no others to compare on, so the shipped model looks too good"
        )
        said.append(
            Text(f"{facts.total} 段录音中有 {facts.heard} 段原模型已经学过：{zh}。",
                 f"{facts.heard} of {facts.total} recordings have been learned by the shipped "
                 f"model before: {en}.")
        )  # fmt: skip
    if facts.copies:
        names = "; ".join(" = ".join(same) for same in list(facts.copies)[:5])
        said.append(
            Text(f"同一录音内有内容相同的文件（{names}），没有新信息。",
                 f"Files of the same content within one recording ({names}) add nothing.")
        )  # fmt: skip
    if facts.raised:
        zh = "、".join(f"{WHAT[t].zh} {a:.2f} → {b:.2f}" for t, (a, b) in facts.raised.items())
        en = ", ".join(f"{WHAT[t].en} {a:.2f} to {b:.2f}" for t, (a, b) in facts.raised.items())
        said.append(
            Text(f"阈值已提高（新的正常录音会误报，或该类型只有一个来源）：{zh}。",
                 "Thresholds raised, since new healthy recordings would exceed them or the type "
                 f"comes from a single source: {en}.")
        )  # fmt: skip
    return said


def conclusion(facts: Facts) -> Text:
    """The sentence at the end: better, worse, or nothing that these recordings can show."""
    rows = facts.compared
    better = [row for row in rows if row.outcome == "better"]
    worse = [row for row in rows if row.outcome == "worse"]
    leaning = [row for row in rows if row.outcome == "unclear" and row.lost > row.won]
    zh, en = [], []
    if not facts.strength.anchors:
        zh.append("没有比原模型更好的改法：判断未改" + ("，只提高了阈值" if facts.raised else ""))
        en.append(
            "No change was better than the shipped model: its judgement is unchanged"
            + (", only thresholds were raised" if facts.raised else "")
        )
    if better:
        zh.append(f"变好：{_list(better, 'zh')}")
        en.append(f"Better on: {_list(better, 'en')}")
    if worse:
        zh.append(f"变差：{_list(worse, 'zh')}")
        en.append(f"Worse on: {_list(worse, 'en')}")
    if not better and not worse:
        zh.append(f"这 {facts.counted} 段录音看不出与原模型有差别")
        en.append(f"No difference that these {facts.counted} recordings can show")
    if leaning:
        zh.append(f"失多于得，但不足以证明变差：{_list(leaning, 'zh')}")
        en.append(f"More lost than won, though too few to prove worse: {_list(leaning, 'en')}")
    return Text("；".join(zh) + "。", ". ".join(en) + ".")


def _list(rows: Sequence[Paired], language: str) -> str:
    """Name, basis and counts of each row."""
    if language == "zh":
        return "、".join(f"{named(r).zh}（{r.n} 中得 {r.won} 失 {r.lost}）" for r in rows)
    return ", ".join(f"{named(r).en} (won {r.won}, lost {r.lost} of {r.n})" for r in rows)


def facts_json(facts: Facts, started_from: Mapping[str, Any]) -> dict[str, Any]:
    """retraining.json."""
    end = conclusion(facts)
    return {
        "started_from": dict(started_from),
        "strength": facts.strength.name,
        "decay": facts.strength.decay,
        "recordings": {"total": facts.total, "learned_before": facts.heard,
                       "by_type": dict(facts.recordings)},
        "thresholds_raised": {t: list(pair) for t, pair in facts.raised.items()},
        "same_content": [list(same) for same in facts.copies],
        "interval": "95 %, exact and conservative, of the paired difference in shares",
        "compared": [row.to_json() for row in facts.compared],
        "warnings": [{"zh": text.zh, "en": text.en} for text in warnings(facts)],
        "conclusion": {"zh": end.zh, "en": end.en},
    }  # fmt: skip
