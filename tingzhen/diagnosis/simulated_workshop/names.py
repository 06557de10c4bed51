"""Names for generated systems, symptoms, causes and trouble codes; each symptom's is its own."""

from typing import Final

import numpy as np

from tingzhen.language import Text

_PLACES: Final = [
    Text(zh, en)
    for zh, en in (
        ("左前", "front left"), ("右前", "front right"), ("左后", "rear left"),
        ("右后", "rear right"), ("前部", "front"), ("后部", "rear"), ("驾驶侧", "driver side"),
        ("副驾侧", "passenger side"), ("车顶", "roof"), ("仪表台", "dashboard"),
        ("底盘前段", "forward floor"), ("底盘中段", "middle floor"), ("底盘后段", "aft floor"),
        ("前机舱", "front bay"), ("后机舱", "rear bay"), ("左侧", "left side"),
        ("右侧", "right side"), ("中央", "central"), ("上部", "upper"), ("下部", "lower"),
    )
]  # fmt: skip
_UNITS: Final = [
    Text(zh, en)
    for zh, en in (
        ("减振器", "damper"), ("悬架臂", "suspension arm"), ("半轴", "drive shaft"),
        ("轮毂", "hub"), ("冷却回路", "cooling circuit"), ("燃油管路", "fuel line"),
        ("进气道", "intake"), ("排气管", "exhaust pipe"), ("传感器组", "sensor group"),
        ("执行器", "actuator"), ("控制单元", "control unit"), ("线束", "harness"),
        ("泵", "pump"), ("风扇", "fan"), ("阀组", "valve block"), ("电机", "motor"),
        ("逆变器", "inverter"), ("电池模组", "battery module"), ("门锁", "door lock"),
        ("天窗机构", "sunroof drive"),
    )
]  # fmt: skip
_SYMPTOMS: Final = [
    Text(zh, en)
    for zh, en in (
        ("报警灯亮", "warning lamp lit"), ("间歇失效", "fails at times"),
        ("反应迟缓", "slow to respond"), ("卡滞", "sticks"), ("松旷", "has play"),
        ("漏水", "leaks water"), ("过热", "gets hot"), ("偏移", "out of place"),
        ("无反应", "gives no response"), ("断续工作", "works on and off"),
        ("自动关闭", "shuts itself"), ("打滑", "slips"), ("指示错误", "reads wrong"),
        ("跳动", "jumps"), ("变形", "bent"), ("过度磨损", "worn early"),
        ("发涩", "feels stiff"), ("复位失败", "will not reset"), ("功率受限", "power limited"),
        ("通信中断", "lost contact"),
    )
]  # fmt: skip
_CAUSES: Final = [
    Text(zh, en)
    for zh, en in (
        ("插头松动", "loose plug"), ("轴承磨损", "worn bearing"), ("密封损坏", "failed seal"),
        ("线路断路", "broken wire"), ("滤芯堵塞", "blocked filter"), ("紧固件松脱", "loose bolt"),
        ("弹簧断裂", "broken spring"), ("电路板故障", "failed board"),
        ("软管老化", "perished hose"), ("标定丢失", "lost calibration"),
    )
]  # fmt: skip
MOST_CODES: Final = 4 * 4 * 4096


def system_name(system: int) -> Text:
    """The name of a system; each of the first 400 has its own, further ones carry a number."""
    place = _PLACES[system % len(_PLACES)]
    unit = _UNITS[system // len(_PLACES) % len(_UNITS)]
    again = system // (len(_PLACES) * len(_UNITS))
    zh, en = (f"{again + 1}号", f" no. {again + 1}") if again else ("", "")
    return Text(f"{place.zh}{unit.zh}{zh}", f"{place.en} {unit.en}{en}")


def symptom_name(system: int, tree_of_system: int) -> Text:
    """What an owner says of the symptom that a tree starts from."""
    name, symptom = system_name(system), _SYMPTOMS[tree_of_system % len(_SYMPTOMS)]
    again = tree_of_system // len(_SYMPTOMS)
    zh, en = (f"第{again + 1}类", f" kind {again + 1}") if again else ("", "")
    return Text(f"{name.zh}{symptom.zh}{zh}", f"{name.en} {symptom.en}{en}")


def cause_name(system: int, component: int) -> Text:
    """A component's failure; the number tells components of one system apart."""
    name, cause = system_name(system), _CAUSES[component % len(_CAUSES)]
    return Text(f"{name.zh}{component}号部位{cause.zh}", f"{name.en} spot {component}: {cause.en}")


def trouble_codes(count: int, rng: np.random.Generator) -> list[str]:
    """`count` different codes in the form of SAE J2012. Raises ValueError over 65,536."""
    if count > MOST_CODES:
        raise ValueError(f"there are {MOST_CODES} codes, not {count}")
    numbers = rng.permutation(MOST_CODES)[:count]
    return [f"{'PBCU'[n >> 14]}{n >> 12 & 3}{n & 0xFFF:03X}" for n in numbers.tolist()]
