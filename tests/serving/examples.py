"""Analyses made by hand from the rooms' own types: what a report of a real clip may hold."""

from dataclasses import replace

import numpy as np

from tingzhen.audio.findings import NoiseEvent, NoiseFindings, NoiseScore
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.bundle import ModelInfo
from tingzhen.diagnosis import (
    Cause,
    Circumstances,
    Diagnosis,
    Evidence,
    NextTest,
    Outcome,
    PlanStep,
    diagnose,
    load_knowledge,
    parse_circumstances,
)
from tingzhen.language import Text
from tingzhen.media import AudioFacts, Clip, Frame, QualityFact, VideoFacts
from tingzhen.serving.analysis import Analysis, Timing
from tingzhen.serving.quality import quality_facts
from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore
from tingzhen.vision.vocabulary import DAMAGE_TYPES

HOSTILE_NAME = "<script>alert('x')</script>\"&.mp4"


def tone(seconds: float = 4.0) -> np.ndarray:
    """Knocks twice a second over a hum; float32 mono at 16 kHz."""
    t = np.arange(int(seconds * 16_000)) / 16_000
    knocks = np.sin(2 * np.pi * 900 * t) * np.exp(-25 * (t % 0.5))
    return (0.2 * np.sin(2 * np.pi * 110 * t) + 0.5 * knocks).astype(np.float32)


def noise(first: str = "knock") -> NoiseFindings:
    rest = [t for t in NOISE_TYPES if t != first]
    scores = [NoiseScore(first, 0.87)] + [NoiseScore(t, 0.3 / (i + 2)) for i, t in enumerate(rest)]
    events = (NoiseEvent("knock", 0.5, 1.75, 0.91), NoiseEvent("squeal", 2.5, 3.25, 0.55))
    return NoiseFindings("abnormal", tuple(scores), events)


def damage() -> DamageFindings:
    rest = [t for t in DAMAGE_TYPES if t not in ("dent", "tyre_worn")]
    scores = [DamageScore("dent", 0.81), DamageScore("tyre_worn", 0.42)] + [
        DamageScore(t, 0.2 / (i + 2)) for i, t in enumerate(rest)
    ]
    found = (
        DamageFinding("dent", 0.81, 1.0, (0.2, 0.3, 0.25, 0.2), frames=3, start_s=0.0, end_s=2.0),
        DamageFinding("tyre_worn", 0.42, 3.0, (0.5, 0.5, 0.5, 0.5)),
    )
    return DamageFindings("damaged", tuple(scores), found)


def diagnosis() -> Diagnosis:
    knock = Evidence(
        "noise", Text("0.5–1.8 秒听到敲击声", "A knock is heard from 0.5 to 1.8 s"), 1.9, 0.5, 1.75
    )
    dent = Evidence(
        "damage",
        Text("画面中有凹陷", "A dent is visible"),
        0.4,
        time_s=1.0,
        box=(0.2, 0.3, 0.25, 0.2),
    )
    warm = Evidence("circumstance", Text("热车怠速时出现", "It happens at warm idle"), -0.3)
    causes = (
        Cause(
            "rod_bearing_wear", Text("连杆轴承磨损", "Worn connecting-rod bearing"), 0.62,
            "dangerous", "mechanical", "stop",
            Text("继续运转可能使连杆断裂。", "Running on can break the connecting rod."),
            (knock, warm), 0.02,
        ),
        Cause(
            "piston_slap", Text("活塞敲缸", "Piston slap"), 0.21, "moderate", "mechanical", "soon",
            Text("请尽快检查。", "Have it checked soon."), (knock,), 0.03,
        ),
        Cause(
            "panel_dent", Text("车身凹陷", "Dented panel"), 0.81, "minor", "visible", "ok",
            Text("不影响行驶。", "It does not affect driving."), (dent,), 0.1,
        ),
        Cause(
            "loose_shield", Text("隔热罩松动", "Loose heat shield"), 0.04, "minor", "mechanical",
            "ok", Text("不影响行驶。", "It does not affect driving."), (), 0.04,
        ),
    )  # fmt: skip
    test = NextTest(
        "oil_pressure", Text("测量机油压力", "Measure the oil pressure"),
        Text("轴承磨损时压力偏低，活塞敲缸时正常。",
             "Worn bearings lower it; piston slap leaves it alone."),
        Text("拆下机油压力开关，接上压力表，热车怠速时读数。",
             "Fit a gauge in place of the oil pressure switch and read it at warm idle."),
        (Text("机油压力表", "oil pressure gauge"), Text("套筒扳手", "socket wrench")),
        25.0, "low", Text("机油可能很烫。", "The oil may be hot."), 0.73,
        (
            Outcome("low", Text("低于规定值", "Below specification"), 0.6, ("rod_bearing_wear",),
                    (Text("连杆轴承磨损", "Worn connecting-rod bearing"),)),
            Outcome("normal", Text("正常", "Normal"), 0.4, (), ()),
        ),
    )  # fmt: skip
    plan = (
        PlanStep("safety", "stop_engine", Text("请立即熄火", "Switch the engine off"),
                 Text("请勿再起动，联系拖车。", "Do not start it again; have it towed.")),
        PlanStep("repair", "replace_bearings", Text("更换连杆轴承", "Replace the rod bearings"),
                 Text("检查曲轴轴颈后更换。", "Check the crank journals first."), 480.0,
                 (Text("连杆轴承套件", "rod bearing kit"),), "rod_bearing_wear"),
    )  # fmt: skip
    return Diagnosis(
        "fault_likely", "stop",
        Text("敲击声可能来自连杆轴承，继续运转会损坏发动机。",
             "The knock may come from a rod bearing; running on can destroy the engine."),
        causes, test, plan, 0.93,
    )  # fmt: skip


def clip(name: str = "engine.mp4") -> Clip:
    rng = np.random.default_rng(0)
    frames = []
    for time_s in (0.0, 1.0, 2.0, 3.0):
        rgb = np.full((270, 480, 3), 90, np.uint8)
        rgb[80:150, 100:220] = rng.integers(40, 200, (70, 120, 3), dtype=np.uint8)
        frames.append(Frame(rgb, time_s, 120.0))
    return Clip(
        name=name, sha256="ab" * 32, bytes=1_234_567, kind="video", duration_s=4.0,
        video=VideoFacts("h264", 1920, 1080, 90), audio=AudioFacts("aac", 48_000, 2),
        waveform=tone(), frames=tuple(frames),
    )  # fmt: skip


def circumstances() -> Circumstances:
    return parse_circumstances(
        {
            "vehicle": {"make": "比亚迪", "model": "汉", "year": 2022, "powertrain": "hybrid",
                        "mileage_km": 45_000},
            "when": ["warm_idle", "accelerating"],
            "ambient_c": -5,
            "complaint": "怠速时 <b>哐当</b> 响",
            "codes": ["p0301"],
        }
    )  # fmt: skip


QUALITY = (
    QualityFact(
        "too_quiet",
        Text("声音太小。", "The sound is faint."),
        Text("请靠近一些再录。", "Come closer and record again."),
    ),
)


def video_analysis(name: str = "engine.mp4") -> Analysis:
    return Analysis(
        clip=clip(name),
        quality=QUALITY,
        noise=noise(),
        damage=damage(),
        diagnosis=diagnosis(),
        circumstances=circumstances(),
        noise_model=ModelInfo("noise-test", "1", "01" * 32),
        damage_model=ModelInfo("damage-test", "2", "23" * 32),
        timing=Timing(612.3456, 31.2, 88.8, 2.1, 703.9),
        frames_used=4,
    )


def heated(analysis: Analysis) -> Analysis:
    """The same damages, with maps."""
    heat = np.zeros((16, 16), np.float32)
    heat[5:9, 4:8] = 0.8
    found = tuple(replace(finding, heat=heat) for finding in analysis.damage.findings)
    return replace(analysis, damage=replace(analysis.damage, findings=found))


def photo_analysis() -> Analysis:
    base = video_analysis()
    photo = replace(
        base.clip, name="door.jpg", kind="photo", duration_s=0.0, audio=None, waveform=None,
        frames=base.clip.frames[:1], video=VideoFacts("mjpeg", 480, 270, 0),
    )  # fmt: skip
    found = replace(base.damage, findings=base.damage.findings[:1])
    silent = replace(base.noise, verdict="no_audio", events=())
    return replace(base, clip=photo, noise=silent, damage=found, quality=(), frames_used=1,
                   circumstances=Circumstances())  # fmt: skip


def sound_analysis() -> Analysis:
    base = video_analysis()
    heard = replace(base.clip, name="sound.m4a", kind="audio", video=None, frames=())
    unseen = replace(base.damage, verdict="no_video", findings=())
    unclear = replace(
        base.diagnosis, verdict="cannot_tell", drive="unknown", causes=(), next_test=None, plan=()
    )
    return replace(base, clip=heard, damage=unseen, diagnosis=unclear, frames_used=0)


def doubtful_analysis() -> Analysis:
    """A squeal known from synthetic sound and a knock known from one source, both claimed."""
    base = video_analysis()
    knock, squeal = base.noise.events
    heard = replace(
        base.noise,
        events=(replace(knock, low_hz=640.0, high_hz=2110.0),
                replace(squeal, low_hz=2110.0, high_hz=3380.0)),
        provenance=base.noise.provenance | {"squeal": "synthetic", "knock": "one_source"},
    )  # fmt: skip
    squealing = replace(heard, types=tuple(
        replace(s, probability=0.8) if s.type == "squeal" else s for s in heard.types
    ))  # fmt: skip
    unseen = replace(base.damage, verdict="cannot_tell", findings=())
    return replace(
        base, noise=heard, damage=unseen,
        diagnosis=diagnose(load_knowledge(), squealing, unseen, base.circumstances),
        quality=quality_facts(base.clip, heard, unseen),
    )  # fmt: skip
