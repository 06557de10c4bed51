"""Circumstances in words."""

from typing import Final

from tingzhen.diagnosis.circumstances import When
from tingzhen.language import Text

WHEN_NAMES: Final[dict[When, Text]] = {
    "cold_start": Text("冷车起动", "at a cold start"),
    "warm_idle": Text("热车怠速", "at warm idle"),
    "accelerating": Text("加速", "when accelerating"),
    "steady_speed": Text("匀速行驶", "at steady speed"),
    "braking": Text("制动", "when braking"),
    "turning_left": Text("左转", "when turning left"),
    "turning_right": Text("右转", "when turning right"),
    "bumps": Text("过颠簸路面", "over bumps"),
    "reversing": Text("倒车", "when reversing"),
    "charging": Text("充电", "while charging"),
    "switching_on": Text("上电或打开开关", "when switching on"),
    "parked": Text("停放", "when parked"),
    "always": Text("一直都有", "all the time"),
}

MEASURES: Final[dict[str, Text]] = {
    "speed_kmh": Text("车速 {} km/h", "Road speed {} km/h"),
    "ambient_c": Text("气温 {} °C", "Outside temperature {} °C"),
    "humidity_pct": Text("空气湿度 {} %", "Air humidity {} %"),
    "mileage_km": Text("行驶里程 {} km", "Mileage {} km"),
}
