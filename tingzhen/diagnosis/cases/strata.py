"""Into which band of mileage and which season a case falls: the cells that cases are counted in."""

from bisect import bisect_right
from datetime import date
from typing import Final, Literal, get_args

from tingzhen.language import Text

Season = Literal["winter", "spring", "summer", "autumn"]
SEASONS: tuple[Season, ...] = get_args(Season)
SEASON_NAMES: Final[dict[Season, Text]] = {
    "winter": Text("冬季（12 至 2 月）", "winter (December to February)"),
    "spring": Text("春季（3 至 5 月）", "spring (March to May)"),
    "summer": Text("夏季（6 至 8 月）", "summer (June to August)"),
    "autumn": Text("秋季（9 至 11 月）", "autumn (September to November)"),
}

# Narrow while the vehicle is young, for wear goes with the logarithm of the distance.
MILEAGE_EDGES_KM: Final = (10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 150_000, 200_000)


def season_of(day: date) -> Season:
    """The meteorological season of the northern hemisphere."""
    return SEASONS[day.month % 12 // 3]


def mileage_band(mileage_km: float) -> int:
    """0 below the first of MILEAGE_EDGES_KM, then one more from each edge on."""
    return bisect_right(MILEAGE_EDGES_KM, mileage_km)


def mileage_band_name(band: int) -> Text:
    """Such as 40,000–60,000 km."""
    low = MILEAGE_EDGES_KM[band - 1] if band > 0 else None
    high = MILEAGE_EDGES_KM[band] if band < len(MILEAGE_EDGES_KM) else None
    if low is None:
        return Text(f"{high:,} km 以下", f"under {high:,} km")
    if high is None:
        return Text(f"{low:,} km 以上", f"{low:,} km and more")
    return Text(f"{low:,} 至 {high:,} km", f"{low:,} to {high:,} km")
