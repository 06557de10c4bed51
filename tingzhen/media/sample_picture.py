"""The picture of the generated clip: the side of a car with a scratch, a dent and a broken lamp.

The panel is a height field. Its normals reflect a drawn surrounding (sky, houses, ground), so a
dent shows as it does in life: by what it does to the reflection. Scratches change the paint.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 1500, 1900
# Where the camera rests: (x, y) in the picture.
SCRATCHES = (650.0, 850.0)
DENT = (1100.0, 900.0)

Picture = NDArray[np.float32]


def _rgb(red: float, green: float, blue: float) -> Picture:
    """(3,) linear light, 0..1."""
    return np.array((red, green, blue), np.float32)


_PAINT = _rgb(0.72, 0.72, 0.70)
# Grey primer where the paint is gone, dirt in scratches that are less deep.
_BARE = _rgb(0.16, 0.16, 0.17)
_SCORED = _rgb(0.34, 0.33, 0.31)


def damaged_car_side(rng: np.random.Generator) -> NDArray[np.uint8]:
    """uint8 (1900, 1500, 3) RGB."""
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    picture = _surroundings(x, y, rng)
    body = _body_outline()
    dent = _dents(x, y)
    painted = _painted_panel(x, y, dent, rng)
    _scratches(painted, rng)
    picture = np.where(body[..., None] > 0.5, painted, picture)
    picture = _soft_edge(picture, body)
    _panel_gaps(picture)
    _handle(picture)
    _wheel(picture, rng)
    _lamp(picture, rng)
    return np.asarray((np.clip(picture, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8))


def _noise(grain_px: tuple[int, int], rng: np.random.Generator) -> Picture:
    """The size of the picture; smooth, unit variance, grains (width, height) px large."""
    shape = (HEIGHT_PX, WIDTH_PX)
    small = rng.standard_normal(
        (max(2, shape[0] // grain_px[1]), max(2, shape[1] // grain_px[0]))
    ).astype(np.float32)
    large = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large / large.std(), np.float32)


def _surroundings(x: Picture, y: Picture, rng: np.random.Generator) -> Picture:
    """What stands behind and under the car: a wall out of focus, and asphalt."""
    wall = 0.32 + 0.05 * _noise((200, 140), rng) - y / 9000
    picture = np.dstack([wall * 1.05, wall, wall * 0.92])
    grain = 0.03 * _noise((3, 2), rng) + 0.015 * _noise((40, 20), rng)
    shadow = 0.35 + 0.65 * np.clip((y - 1560) / 260, 0, 1)
    asphalt = np.clip((0.16 + grain) * shadow, 0.01, 1)
    ground = y > 1545 + 6 * np.sin(x / 300)
    return np.asarray(np.where(ground[..., None], asphalt[..., None], picture), np.float32)


def _body_outline() -> Picture:
    """1 where the body is, 0 outside it: bonnet line above, sill below, wheel arch cut out."""
    outline = np.array(
        [(-10, 500), (140, 440), (520, 395), (760, 380), (980, 250), (1180, 90), (1510, 30),
         (1510, 1480), (830, 1500), (-10, 1430)], np.int32,
    )  # fmt: skip
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    cv2.fillPoly(mask, [outline], 1.0, cv2.LINE_AA)
    cv2.circle(mask, (470, 1420), 310, 0.0, -1, cv2.LINE_AA)
    return mask


def _dents(x: Picture, y: Picture) -> Picture:
    """Depth in px of the dents: a broad one with a sharp crease below the scratches."""
    u, v = (x - 1120) / 130, (y - 930) / 85
    broad = np.exp(-((u**2 + v**2) ** 1.3))
    crease = 0.22 * np.exp(-((((x - 1090) + 0.5 * (y - 940)) / 38) ** 2) - ((y - 940) / 110) ** 2)
    return np.asarray(34 * (broad + crease), np.float32)


def _painted_panel(x: Picture, y: Picture, dent: Picture, rng: np.random.Generator) -> Picture:
    """Clear coat over paint: what the surface reflects by its slope, Fresnel after Schlick."""
    # A door bulges outwards; two character lines run along it.
    line = 620 + 0.04 * (x - 700)
    height = -((y - 760) ** 2) / 2600
    height += 8 * np.tanh((y - line) / 18) + 4.5 * np.tanh((y - line - 640) / 28)
    height += 1.2 * _noise((260, 180), rng)
    height -= dent
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) / 8
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) / 8
    length = np.sqrt(1 + slope_x**2 + slope_y**2)
    up, side, facing = slope_y / length, -slope_x / length, 1 / length
    # The mirrored line of sight of a camera straight ahead: 2 (n.v) n - v.
    mirrored_up = -2 * facing * up
    mirrored_side = 2 * facing * side
    sky = 0.5 + 0.5 * np.tanh((mirrored_up + 0.02) / 0.10)
    houses = 0.5 + 0.5 * np.tanh(3 * np.sin(9 * mirrored_side + x / 330) + 0.6)
    horizon = np.exp(-((mirrored_up - 0.12) ** 2) / 0.02) * houses
    ground = np.clip(-mirrored_up, 0, 1)
    reflected = 0.05 + 1.0 * sky - 0.75 * horizon * sky + 0.22 * ground
    fresnel = 0.16 + 0.5 * (1 - np.clip(facing, 0, 1)) ** 2
    light = np.clip(0.55 + 0.6 * up, 0.05, 1.3) * (1.15 - 0.3 * x / WIDTH_PX)
    flakes = 1 + 0.05 * rng.standard_normal(x.shape).astype(np.float32)
    paint = _PAINT * (light * flakes)[..., None]
    tint = _rgb(0.93, 0.97, 1.0)
    return np.asarray(paint + (fresnel * reflected)[..., None] * tint, np.float32)


def _scratches(painted: Picture, rng: np.random.Generator) -> None:
    """A bundle of scratches, through to the primer where they are deep, with dust around."""
    depth = np.zeros(painted.shape[:2], np.float32)
    bare = np.zeros_like(depth)
    steps = np.linspace(0, 1, 160)
    for index in range(26):
        start = np.array([450 + rng.normal(0, 60), 740 + 9 * index + rng.normal(0, 12)])
        length, fall = rng.uniform(120, 470), rng.normal(0.16, 0.03)
        wobble = np.cumsum(rng.normal(0, 0.5, len(steps)))
        points = np.stack(
            [start[0] + steps * length, start[1] + steps * length * fall + wobble], axis=1
        )
        begin = rng.integers(0, 50)
        polyline = np.round(points[begin:] * 8).astype(np.int32)
        target = bare if index % 3 == 0 else depth
        cv2.polylines(
            target, [polyline], False, float(rng.uniform(0.4, 1.0)),
            int(rng.choice([1, 2, 2, 3, 5])), cv2.LINE_AA, 3,
        )  # fmt: skip
    patches = np.clip(_noise((26, 9), rng) - 1.1, 0, 1)
    patches *= cv2.GaussianBlur(bare, (0, 0), 14) * 9
    bare = np.clip(np.maximum(bare, (patches > 0.25).astype(np.float32)), 0, 1)
    edge = np.clip(cv2.GaussianBlur(bare, (0, 0), 2.5) - 0.5 * bare, 0, 1)[..., None]
    painted *= 1 - 0.5 * edge
    scuff = np.clip(cv2.GaussianBlur(bare + depth, (0, 0), 9), 0, 1)[..., None] * 0.22
    painted += (_rgb(0.50, 0.50, 0.49) - painted) * scuff
    painted += (_SCORED - painted) * 0.7 * depth[..., None]
    painted += (_BARE - painted) * 0.9 * bare[..., None]


def _soft_edge(picture: Picture, body: Picture) -> Picture:
    """Dark rim along the outline, as where the paint turns away from the light."""
    rim = np.clip(cv2.GaussianBlur(1 - body, (0, 0), 9), 0, 1) * (body > 0.5)
    return np.asarray(picture * (1 - 0.75 * rim[..., None]), np.float32)


def _panel_gaps(picture: Picture) -> None:
    gap = np.zeros(picture.shape[:2], np.float32)
    door = np.array([(1500, 395), (1010, 402), (835, 470), (800, 700), (806, 1090), (860, 1400),
                     (1500, 1410)], np.int32)  # fmt: skip
    bonnet = np.array([(-5, 520), (300, 455), (800, 440)], np.int32)
    bumper = np.array([(255, 690), (262, 900), (228, 1130)], np.int32)
    for line in (door, bonnet, bumper):
        cv2.polylines(gap, [line], False, 1.0, 4, cv2.LINE_AA)
    shadow = cv2.GaussianBlur(gap, (0, 0), 1.2)[..., None]
    lit = np.roll(shadow, 4, axis=(0, 1))
    picture += 0.10 * lit
    picture *= 1 - 0.95 * np.clip(shadow, 0, 1)
    glass = np.array([(1040, 375), (1200, 150), (1510, 95), (1510, 370)], np.int32)
    pane = np.zeros(picture.shape[:2], np.float32)
    cv2.fillPoly(pane, [glass], 1.0, cv2.LINE_AA)
    ramp = np.linspace(0.30, 0.03, HEIGHT_PX, dtype=np.float32)[:, None] ** 1.5
    picture += (ramp[..., None] * _rgb(0.9, 1.0, 1.05) - picture) * pane[..., None]


def _handle(picture: Picture) -> None:
    shape = np.zeros(picture.shape[:2], np.float32)
    cv2.ellipse(shape, (1350, 575), (105, 24), 2, 0, 360, 1.0, -1, cv2.LINE_AA)
    under = np.roll(cv2.GaussianBlur(shape, (0, 0), 12), 22, axis=0)[..., None]
    picture *= 1 - 0.6 * under
    ramp = (0.9 - 0.016 * (np.arange(HEIGHT_PX, dtype=np.float32) - 552))[:, None]
    bright = np.clip(ramp, 0.1, 0.9)[..., None] * _rgb(0.8, 0.8, 0.78)
    picture += (bright - picture) * shape[..., None]


def _wheel(picture: Picture, rng: np.random.Generator) -> None:
    centre = (470, 1420)
    arch = np.zeros(picture.shape[:2], np.float32)
    cv2.circle(arch, centre, 308, 1.0, -1, cv2.LINE_AA)
    arch[1560:] = 0
    picture *= 1 - 0.97 * arch[..., None]
    tyre = np.zeros_like(arch)
    cv2.circle(tyre, centre, 272, 1.0, -1, cv2.LINE_AA)
    rubber = 0.028 + 0.006 * _noise((3, 3), rng)
    picture += (rubber[..., None] - picture) * tyre[..., None]
    for radius, level in ((262, 0.05), (225, 0.06), (196, 0.42), (186, 0.09)):
        cv2.circle(picture, centre, radius, (level, level, level * 1.02), 6, cv2.LINE_AA)
    cv2.circle(picture, centre, 120, (0.20, 0.19, 0.18), -1, cv2.LINE_AA)
    for spoke in range(5):
        angle = 2 * np.pi * spoke / 5 + 0.3
        along, across = (
            np.array([np.cos(angle), np.sin(angle)]),
            np.array([-np.sin(angle), np.cos(angle)]),
        )
        corners = [along * 30 + across * 34, along * 188 + across * 24,
                   along * 188 - across * 24, along * 30 - across * 34]  # fmt: skip
        level = 0.42 + 0.2 * np.sin(angle + 0.8)
        polygon = np.round(np.array(corners) + centre).astype(np.int32)
        cv2.fillPoly(picture, [polygon], (level, level, level * 1.03), cv2.LINE_AA)
    cv2.circle(picture, centre, 42, (0.35, 0.35, 0.37), -1, cv2.LINE_AA)


def _lamp(picture: Picture, rng: np.random.Generator) -> None:
    """Headlamp whose lens is broken: cracks run from the blow, shards are missing."""
    outline = np.array([(20, 560), (330, 500), (400, 545), (360, 640), (190, 700), (20, 715)])
    lens = np.zeros(picture.shape[:2], np.float32)
    cv2.fillPoly(lens, [outline.astype(np.int32)], 1.0, cv2.LINE_AA)
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    inside = 0.30 + 0.22 * np.sin(x / 23 + y / 60) * np.sin(y / 17) + 0.25 * (y < 575)
    picture += (inside[..., None] * _rgb(1, 1, 0.98) - picture) * lens[..., None]
    for centre, radius in (((120, 635), 52), ((250, 600), 44)):
        for ring in range(radius, 6, -5):
            level = 0.25 + 0.5 * ((radius - ring) / radius)
            cv2.circle(picture, centre, ring, (level, level, level), -1, cv2.LINE_AA)
    blow = np.array([205.0, 625.0])
    angles = np.sort(rng.uniform(0, 2 * np.pi, 15))
    reach = rng.uniform(60, 190, len(angles))
    tips = blow + np.stack([np.cos(angles) * reach, 0.6 * np.sin(angles) * reach], axis=1)
    cracked = picture.copy()
    for index in range(len(angles)):
        tip, following = tips[index], tips[(index + 1) % len(tips)]
        if index % 3 == 0:
            shard = np.array([blow, tip * 0.75 + blow * 0.25, following * 0.6 + blow * 0.4])
            dark = tuple(float(v) for v in rng.uniform(0.005, 0.04, 3))
            cv2.fillPoly(cracked, [np.round(shard).astype(np.int32)], dark, cv2.LINE_AA)
        ends = np.round(np.array([blow, tip])).astype(np.int32)
        cv2.polylines(cracked, [ends], False, (0.95, 0.97, 1.0), 3, cv2.LINE_AA)
        cv2.polylines(cracked, [ends + 3], False, (0.03, 0.03, 0.03), 2, cv2.LINE_AA)
    picture += (cracked - picture) * lens[..., None]
    cv2.polylines(picture, [outline.astype(np.int32)], True, (0.01, 0.01, 0.01), 5, cv2.LINE_AA)
