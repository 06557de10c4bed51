"""What only the recognisers can say of a recording's quality, with advice for a second one."""

from collections.abc import Iterator, Mapping

from tingzhen.audio import NOISE_NAMES, NoiseFindings, Provenance
from tingzhen.language import Text
from tingzhen.media import Clip, QualityFact, quality_fact
from tingzhen.vision.findings import DamageFindings
from tingzhen.vision.vocabulary import DAMAGE_NAMES, EXPERIMENTAL_DAMAGES

OWN_CODES = (
    "mostly_music", "noise_unclear", "damage_unclear", "synthetic_type", "one_source_type",
    "experimental_type",
)  # fmt: skip
MOSTLY_SPEECH = 0.5
MOSTLY_MUSIC = 0.5

MUSIC_FACT = QualityFact(
    "mostly_music",
    Text("录音中大部分是音乐或收音机的声音，盖住了车辆的声音。",
         "Most of the recording is music or radio; it covers the vehicle."),
    Text("请关掉音响和收音机后再录一次，录 10 秒以上。",
         "Switch the radio off and record again, 10 s or more."),
)  # fmt: skip
_NOISE_ADVICE = Text(
    "请在异响出现时再录一次：手机距声源约半米，周围安静，不说话，录 10 秒以上。",
    "Record again while the noise is there: phone about half a metre away, 10 s or more.",
)
_DAMAGE_ADVICE = Text(
    "请再拍一次：光线充足，离损伤处一到两米，拿稳，每处停留两秒。",
    "Film again in good light, one to two metres from the damage; hold still for two seconds.",
)
_EXPERIMENTAL = Text(
    "{names}：试验性类型，只从少数几组照片中学得，可能认的是照片的来源而不是轮胎。",
    "{names}: an experimental type, learned from a few series of photos; the model may know the"
    " series rather than the tyre.",
)
_EXPERIMENTAL_ADVICE = Text(
    "请就近查看这条轮胎的胎面和胎侧，或请技师检查，再决定是否更换。",
    "Look at the tread and the side wall of this tyre yourself, or have it looked at, before it is"
    " changed or trusted.",
)
_PROVENANCE_WORDS: Mapping[Provenance, tuple[str, Text, Text]] = {
    "synthetic": (
        "synthetic_type",
        Text("{names}：仅用合成声训练，真实录音太少，尚不足以检验。",
             "{names}: trained on synthetic sound; too few recordings exist to check it against."),
        Text("请只把它当作线索：先由技师现场听辨，或做下一步检查，再决定是否更换零件。",
             "Take it as a hint: have someone listen at the vehicle, or do the next test, before"
             " any part is changed."),
    ),
    "one_source": (
        "one_source_type",
        Text("{names}：只从单一来源的录音中学得，换一部手机或一辆车，声音可能不同。",
             "{names}: learned from recordings of a single source; another phone or car may sound"
             " different."),
        Text("请换一部手机再录一次作对照，或由技师现场听辨。",
             "Record once more with another phone to compare, or have someone listen at the"
             " vehicle."),
    ),
}  # fmt: skip


def quality_facts(
    clip: Clip, noise: NoiseFindings, damage: DamageFindings
) -> tuple[QualityFact, ...]:
    """The media room's facts with those that follow from what was recognised, no code twice.

    A recogniser that cannot tell gives its reasons here, so that nobody is left without advice.
    """
    facts = list(clip.quality)
    if clip.waveform is not None and noise.speech >= MOSTLY_SPEECH:
        facts.append(quality_fact("mostly_speech"))
    if clip.waveform is not None and noise.music >= MOSTLY_MUSIC:
        facts.append(MUSIC_FACT)
    if noise.verdict == "cannot_tell" and noise.reasons:
        facts.append(QualityFact("noise_unclear", _joined(noise.reasons), _NOISE_ADVICE))
    if damage.verdict == "cannot_tell" and damage.reasons:
        facts.append(QualityFact("damage_unclear", _joined(damage.reasons), _DAMAGE_ADVICE))
    facts.extend(_provenance_facts(noise))
    facts.extend(_experimental_facts(damage))
    first: dict[str, QualityFact] = {}
    for fact in facts:
        first.setdefault(fact.code, fact)
    return tuple(first.values())


def _provenance_facts(noise: NoiseFindings) -> Iterator[QualityFact]:
    """What weakens a claim because of what the model learned it from."""
    for provenance, (code, message, advice) in _PROVENANCE_WORDS.items():
        names = [NOISE_NAMES[t] for t in noise.claimed if noise.provenance.get(t) == provenance]
        if names:
            zh = message.zh.format(names="、".join(name.zh for name in names))
            en = message.en.format(names=", ".join(name.en for name in names))
            yield QualityFact(code, Text(zh, en), advice)


def _experimental_facts(damage: DamageFindings) -> Iterator[QualityFact]:
    """That a type which is claimed, or in doubt, is an experiment."""
    types = [t for t in (*damage.claimed, *damage.doubtful) if t in EXPERIMENTAL_DAMAGES]
    names = [DAMAGE_NAMES[type_] for type_ in types]
    if names:
        zh = _EXPERIMENTAL.zh.format(names="、".join(name.zh for name in names))
        en = _EXPERIMENTAL.en.format(names=", ".join(name.en for name in names))
        yield QualityFact("experimental_type", Text(zh, en), _EXPERIMENTAL_ADVICE)


def _joined(reasons: tuple[Text, ...]) -> Text:
    return Text("".join(r.zh for r in reasons), " ".join(r.en for r in reasons))
