"""Damage types: what is visible on the vehicle."""

from typing import Literal, get_args

from tingzhen.language import Text

DamageType = Literal[
    "scratch", "dent", "broken_or_missing_part", "lamp_broken", "glass_shatter", "paint_loss",
    "hood_deformed", "airbag_deployed", "tyre_worn", "tyre_cracked", "tyre_bulge",
    "undamaged", "not_vehicle",
]  # fmt: skip
DAMAGE_TYPES: tuple[DamageType, ...] = get_args(DamageType)
NO_DAMAGE: frozenset[DamageType] = frozenset({"undamaged", "not_vehicle"})
VISIBLE_DAMAGES: tuple[DamageType, ...] = tuple(t for t in DAMAGE_TYPES if t not in NO_DAMAGE)
EXPERIMENTAL_DAMAGES: frozenset[DamageType] = frozenset({"tyre_worn", "tyre_cracked", "tyre_bulge"})
EXPERIMENTAL_MARK = Text("试验性", "experimental")

DAMAGE_NAMES: dict[DamageType, Text] = {
    "scratch": Text("划痕", "Scratch"),
    "dent": Text("凹陷", "Dent"),
    "broken_or_missing_part": Text("部件破损或缺失", "Broken or missing part"),
    "lamp_broken": Text("车灯破损", "Broken lamp"),
    "glass_shatter": Text("玻璃破碎", "Shattered glass"),
    "paint_loss": Text("掉漆", "Paint loss"),
    "hood_deformed": Text("发动机盖变形", "Deformed bonnet"),
    "airbag_deployed": Text("安全气囊弹出", "Airbag deployed"),
    "tyre_worn": Text("轮胎磨损", "Worn tyre"),
    "tyre_cracked": Text("轮胎龟裂", "Cracked tyre"),
    "tyre_bulge": Text("轮胎鼓包", "Bulge on a tyre"),
    "undamaged": Text("未见损伤", "Undamaged"),
    "not_vehicle": Text("非车辆", "Not a vehicle"),
}


def damage_name(damage: DamageType) -> Text:
    """Name of a type as a result of it is shown: the experimental ones say so."""
    name, mark = DAMAGE_NAMES[damage], EXPERIMENTAL_MARK
    if damage not in EXPERIMENTAL_DAMAGES:
        return name
    return Text(f"{name.zh}（{mark.zh}）", f"{name.en} ({mark.en})")
