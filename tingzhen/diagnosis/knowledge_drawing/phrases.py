"""Words of the drawings."""

from typing import Final

from tingzhen.diagnosis.result import DriveAdvice, Severity
from tingzhen.language import Language, Text

_PHRASES: Final[dict[str, Text]] = {
    "gate": Text("故障树", "Fault tree"),
    "fault": Text("故障", "Fault"),
    "noise": Text("声音的可能原因", "What can make this noise"),
    "damage": Text("外观损伤的可能原因", "What can explain this damage"),
    "system": Text("系统", "System"),
    "heading": Text("{}：{}", "{}: {}"),
    "page": Text("第 {} 页，共 {} 页", "page {} of {}"),
    "on_page": Text("见第 {} 页", "see page {}"),
    "part": Text("第 {} 部分，共 {}", "part {} of {}"),
    "probability": Text("概率 {}", "probability {}"),
    "cut_sets": Text("最小割集（共 {} 个，按概率排列）：",
                     "Minimal cut sets ({} in all, most probable first):"),
    "condition": Text("条件", "condition"),
    "heard": Text("听到", "Heard"),
    "seen": Text("看到", "Seen"),
    "situations": Text("情形", "Situations"),
    "codes": Text("故障码", "Trouble codes"),
    "words": Text("描述用词", "Words"),
    "tests": Text("检查", "Tests"),
    "repair": Text("维修", "Repair"),
    "labour": Text("工时 {} 分钟", "labour {} min"),
    "cost": Text("配件 {} 元", "parts {} CNY"),
    "minutes": Text("{} 分钟", "{} min"),
    "otherwise": Text("其他情况 {}", "otherwise {}"),
    "no_component": Text("其他", "Other"),
    "perceived": Text("感知到的现象", "What is perceived"),
    "gate_box": Text("门：& 全部，≥1 任一，≥k/n 至少 k 个", "Gate: & all, ≥1 any, ≥k/n at least k"),
    "event_box": Text("基本事件", "Basic event"),
    "fault_box": Text("故障", "Fault"),
    "transfer_box": Text("转至另一页", "Continued on another page"),
    "severity_minor": Text("轻微", "minor"),
    "severity_moderate": Text("中等", "moderate"),
    "severity_serious": Text("严重", "serious"),
    "severity_dangerous": Text("危险", "dangerous"),
    "advice_stop": Text("请勿行驶", "do not drive"),
    "advice_soon": Text("尽快修理", "repair soon"),
    "advice_ok": Text("可以行驶", "can be driven"),
    "read_gate": Text("从左到右：左边由右边引起。概率为精确值。",
                      "From left to right: the left comes of the right. Probabilities are exact."),
    "read_noise": Text("线上的数：有此故障时听到这种声音的概率。",
                       "At the lines: probability that this is heard, given the fault."),
    "read_damage": Text("线上的数：这种损伤的各原因所占的比例。",
                        "At the lines: share of each cause of this damage."),
    "read_system": Text("线上的数：先验权重，即有多常见（1 为不常见，3 为日常）。",
                        "At the lines: prior weight, how common it is (1 uncommon, 3 everyday)."),
    "read_fault": Text("线上的数：有此故障时的概率；× 为似然比。",
                       "At the lines: probability given this fault; × is a likelihood ratio."),
}  # fmt: skip


def said(key: str, language: Language, *values: object) -> str:
    return _PHRASES[key].to(language).format(*values)


def severity_said(severity: Severity, advice: DriveAdvice, language: Language) -> str:
    return f"{said(f'severity_{severity}', language)} · {said(f'advice_{advice}', language)}"


def percent(probability: float) -> str:
    """Two figures that tell: 31 %, 2.4 %, 0.06 %, 3.1e-05."""
    value = 100 * probability
    if 0 < value < 0.01:
        return f"{probability:.1e}"
    return f"{value:.0f} %" if value >= 10 else f"{value:.2g} %"


def number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
