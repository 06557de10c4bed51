"""Whatever synthetic sound alone has taught says so, on every surface that shows it."""

import base64
import html
import json
import re
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest

from tests.serving.conftest import Tingzhen
from tests.serving.examples import doubtful_analysis, tone, video_analysis
from tests.serving.fixed_report import REPORT
from tests.serving.test_http import send, serving
from tests.serving.test_terminal import printed
from tingzhen.audio import FAULT_NOISES, event_colour
from tingzhen.audio.provenance import SYNTHETIC_MARK
from tingzhen.bundle import METADATA_KEY, MODELS_DIR, open_bundle
from tingzhen.language import LANGUAGES, Language
from tingzhen.serving import build_report
from tingzhen.serving.report.page import render_page
from tingzhen.serving.report.page_sound import picture_of_sound
from tingzhen.serving.report.summary import heard
from tingzhen.serving.sound import encode_wav

ONE_SOURCE = {
    "zh": "只从单一来源的录音中学得，换一部手机或一辆车，声音可能不同",
    "en": "learned from recordings of a single source; another phone or car may sound different",
}
NAMES = {"zh": ("尖叫声", "敲击声"), "en": ("Squeal", "Knock")}
PLAIN = video_analysis()
DOUBTFUL = doubtful_analysis()


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[│╭╮╰╯─]", " ", text))


def text_of(page: str) -> str:
    """What a person reads, tags gone."""
    body = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return one_line(html.unescape(re.sub(r"<[^>]+>", " ", body)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_json_report(language: Language) -> None:
    mark = SYNTHETIC_MARK.to(language)
    report = json.loads(build_report(DOUBTFUL, language).to_json())
    names = {entry["type"]: entry["name"] for entry in report["noise"]["types"]}
    assert mark in names["squeal"]
    assert not any(mark in name for type_, name in names.items() if type_ != "squeal")
    codes = {fact["code"]: fact["message"] + fact["advice"] for fact in report["quality"]}
    assert mark in codes["synthetic_type"]
    assert NAMES[language][0] in codes["synthetic_type"]
    assert ONE_SOURCE[language] in codes["one_source_type"]
    assert NAMES[language][1] in codes["one_source_type"]
    evidence = [
        item["text"] for cause in report["diagnosis"]["causes"] for item in cause["evidence"]
    ]
    of_squeal = [text for text in evidence if NAMES[language][0].lower() in text.lower()]
    assert of_squeal
    assert all(mark in text for text in of_squeal if "“" not in text and '"' not in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_sentence(language: Language) -> None:
    squeal, knock = NAMES[language]
    assert f"{squeal}{'（' if language == 'zh' else ' ('}{SYNTHETIC_MARK.to(language)}" in heard(
        DOUBTFUL, language
    )
    assert knock in heard(DOUBTFUL, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal(language: Language) -> None:
    lines = printed(DOUBTFUL, language)
    squeal, mark = NAMES[language][0], SYNTHETIC_MARK.to(language)
    of_event = [line for line in lines.splitlines() if "2.5–3.2 s" in line or "2.5–3.3 s" in line]
    assert len(of_event) == 1
    assert squeal in of_event[0] and mark in of_event[0]
    assert ("2.1 至 3.4 kHz" if language == "zh" else "2.1 to 3.4 kHz") in of_event[0]
    words = one_line(lines)
    gap = "" if language == "zh" else " "
    assert ONE_SOURCE[language].replace(" ", gap) in words.replace(" ", gap)
    # In the summary, among the types or events, in the quality facts and as evidence.
    assert words.replace(" ", "").count(mark.replace(" ", "")) >= 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page(language: Language) -> None:
    page = render_page(DOUBTFUL, language)
    words, mark = text_of(page), SYNTHETIC_MARK.to(language)
    squeal = NAMES[language][0]
    # As a badge at the event and at the bar, in text that a screen reader reads as well.
    badge = f'{squeal} <span class="tag mark">{mark}</span>'
    assert page.count(badge) == 2
    assert f"{squeal} {mark}" in words
    assert ONE_SOURCE[language] in words
    assert ("2.1 至 3.4 kHz" if language == "zh" else "2.1 to 3.4 kHz") in words
    # The legend under the spectrogram, and its text for those who do not see it.
    legend = "虚线框和星号（*）：" if language == "zh" else "Dashed box and star (*): "
    assert f"{legend}{mark}" in words
    described = re.search(r'alt="([^"]*)"', page[page.index('id="spectrogram"') :])
    assert described is not None
    assert mark in described[1] and "kHz" in described[1]
    buttons = re.findall(r'<button[^>]*aria-label="([^"]*)"', page)
    assert any(squeal in label and mark in label for label in buttons)


def test_the_spectrogram() -> None:
    """The picture bears no words: a dashed box and a star stand for the mark."""
    drawn = {}
    for name, noise in (("plain", PLAIN.noise), ("doubtful", DOUBTFUL.noise)):
        events = DOUBTFUL.noise.events
        shown = type(noise)(noise.verdict, noise.types, events, provenance=noise.provenance)
        png = picture_of_sound(tone(), shown, "en").url.split(",")[1]
        drawn[name] = cv2.imdecode(np.frombuffer(base64.b64decode(png), np.uint8), 1)
    of_squeal = [(p == np.array(event_colour("squeal"))).all(axis=2).sum() for p in drawn.values()]
    of_knock = [(p == np.array(event_colour("knock"))).all(axis=2).sum() for p in drawn.values()]
    assert of_squeal[1] < 0.9 * of_squeal[0] + 60
    assert of_knock[0] == of_knock[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_marked_without_reason(language: Language) -> None:
    mark = SYNTHETIC_MARK.to(language)
    assert mark not in build_report(PLAIN, language).to_json()
    assert mark not in printed(PLAIN, language)
    assert mark not in render_page(PLAIN, language)


def bundle_of(folder: Path, **changes: object) -> Path:
    """The shipped noise bundle with other metadata: what is appended to the file wins, since
    protobuf messages merge by concatenation."""

    def field(number: int, content: bytes) -> bytes:
        size, length = len(content), b""
        while size > 127:
            length, size = length + bytes([size % 128 + 128]), size // 128
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    shipped = MODELS_DIR / "noise"
    metadata = open_bundle(shipped, "noise").metadata | changes
    entry = field(1, METADATA_KEY.encode()) + field(2, json.dumps(metadata).encode())
    folder.mkdir()
    (folder / "model.onnx").write_bytes((shipped / "model.onnx").read_bytes() + field(14, entry))
    return folder


@pytest.fixture(scope="module")
def synthetic_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All twelve fault types are known from synthetic sound, and a generated knock is claimed."""
    everything = [*FAULT_NOISES, "normal", "not_vehicle"]
    limits = {"doubt": 0.8, "speech": 2, "music": 2, "novelty": 1e9, "silence_rms": 0, "min_s": 1}
    return bundle_of(
        tmp_path_factory.mktemp("bundles") / "noise",
        trained=everything,
        thresholds=dict.fromkeys((*FAULT_NOISES, "normal"), 0.01),
        provenance=dict.fromkeys(FAULT_NOISES, "synthetic"),
        limits=limits,
    )


@pytest.mark.slow
def test_the_command_and_the_service(
    tingzhen: Tingzhen, synthetic_bundle: Path, tmp_path: Path
) -> None:
    sound = encode_wav(tone(3.0))
    (tmp_path / "a.wav").write_bytes(sound)
    bundle = str(synthetic_bundle)
    done = tingzhen("diagnose", tmp_path / "a.wav", "--json", TINGZHEN_NOISE_MODEL=bundle)
    assert done.returncode == 0, done.stderr
    reports: list[tuple[Language, dict]] = [("en", json.loads(done.stdout))]
    with serving(tmp_path / "data", TINGZHEN_NOISE_MODEL=bundle) as client:
        answer = send(client, sound, lang="en")
        assert answer.status_code == 200, answer.text
        reports.append(("en", answer.json()))
        location = answer.headers["location"]
        reports.append(("zh", client.get(f"{location}/report", params={"lang": "zh"}).json()))
    for language, report in reports:
        jsonschema.validate(report, REPORT)
        for entry in report["noise"]["types"]:
            marked = SYNTHETIC_MARK.to(language) in entry["name"]
            assert marked == (entry["type"] in FAULT_NOISES), entry
