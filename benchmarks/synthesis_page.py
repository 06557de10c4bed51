"""A page for a person to judge: synthetic scenes beside real clips of the same type.

    python -m benchmarks.synthesis_page --data MANIFEST --out DIR [--each 4] [--seed 0]

Writes DIR/synthesis.html, one file that works offline, with a spectrogram (log frequency, 60 Hz to
8 kHz, each clip to its own level) and playable sound of each. The page holds real recordings: it is
for the eyes of whoever may hear them, not for publication.
"""

import argparse
import base64
import html
import io
import wave
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.audio import FAULT_NOISES, NOISE_NAMES
from tingzhen.datasets.noise_manifest import NoiseClip, read_noise_manifest
from tingzhen.datasets.synthesis.scene import synthesise
from tingzhen.datasets.waveforms import SAMPLE_RATE_HZ, read_waveform

LONGEST_S = 5.0
HEIGHT, STEP = 120, 200
STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2rem; color: #1c1c1c; }
h2 { margin: 2rem 0 .5rem; } h3 { margin: .5rem 0; font-size: 1rem; font-weight: 600; }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 1rem; }
figure { margin: 0; } img { width: 100%; height: 130px; image-rendering: pixelated; }
figcaption { font-size: .8rem; color: #555; min-height: 2.4em; }
audio { width: 100%; height: 32px; }
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=4, help="clips of each kind and type")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    clips = read_noise_manifest(arguments.data)
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>Synthetic and real</title>",
        f"<style>{STYLE}</style><h1>Synthetic beside real</h1>",
        "<p>Which would you take for a recording? 60 Hz below, 8 kHz above, five seconds wide.</p>",
    ]
    for name in FAULT_NOISES:
        random = np.random.default_rng([arguments.seed, FAULT_NOISES.index(name)])
        text = NOISE_NAMES[name]
        parts.append(f"<h2>{text.en} {text.zh}</h2>")
        real = _real(clips, name, arguments.each, random)
        made = _synthetic(name, arguments.each, random)
        parts += [f"<h3>Synthetic ({len(made)})</h3><div class=row>", *made, "</div>"]
        parts += [f"<h3>Real ({len(real)})</h3><div class=row>", *real, "</div>"]
    arguments.out.mkdir(parents=True, exist_ok=True)
    target = arguments.out / "synthesis.html"
    target.write_text("\n".join(parts), encoding="utf-8")
    print(target)


def _real(clips: list[NoiseClip], name: str, count: int, random: np.random.Generator) -> list[str]:
    of_type = [clip for clip in clips if clip.types == {name}]
    seen: set[str] = set()
    figures = []
    for index in random.permutation(len(of_type)):
        clip = of_type[int(index)]
        if clip.group not in seen and len(figures) < count:
            seen.add(clip.group)
            figures.append(_figure(read_waveform(clip.path), f"{clip.source}, {clip.reported}"))
    return figures


def _synthetic(name: str, count: int, random: np.random.Generator) -> list[str]:
    figures = []
    while len(figures) < count:
        scene = synthesise(int(random.integers(2**31)), types={name}, duration_s=LONGEST_S)
        if scene.types != {name}:
            continue
        event = scene.events[0]
        caption = (
            f"{event.mechanism}, {scene.motion['manoeuvre']}, {scene.recipe['place']}, "
            f"{event.level_db:+.0f} dB over its bed"
        )
        figures.append(_figure(scene.waveform, caption))
    return figures


def _figure(waveform: NDArray[np.float32], caption: str) -> str:
    waveform = waveform[: int(LONGEST_S * SAMPLE_RATE_HZ)]
    waveform = 0.9 * waveform / (np.abs(waveform).max() + 1e-9)
    done, png = cv2.imencode(".png", _spectrogram(waveform))
    assert done
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((waveform * 32767).astype("<i2").tobytes())
    picture = base64.b64encode(png.tobytes()).decode()
    audio = base64.b64encode(sound.getvalue()).decode()
    text = html.escape(caption)
    return (
        f'<figure><img alt="Spectrogram: {text}" src="data:image/png;base64,{picture}">'
        f"<figcaption>{text}</figcaption>"
        f'<audio controls preload=none src="data:audio/wav;base64,{audio}"></audio></figure>'
    )


def _spectrogram(waveform: NDArray[np.float32]) -> NDArray[np.uint8]:
    """BGR (HEIGHT, w, 3), w the same for all: a short clip leaves the rest dark."""
    size = 1024
    padded = np.pad(waveform, (size // 2, size // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::STEP] * np.hanning(size)
    power = np.square(np.abs(np.fft.rfft(frames)))
    edges = np.geomspace(60, 7999, HEIGHT + 1) * size / SAMPLE_RATE_HZ
    rows = [
        power[:, int(low) : max(int(low) + 1, int(high))].mean(axis=1)
        for low, high in pairwise(edges)
    ]
    level_db = 10 * np.log10(np.array(rows[::-1]) + 1e-9)
    top = np.quantile(level_db, 0.995)
    grey = np.clip((level_db - top + 65) / 65 * 255, 0, 255).astype(np.uint8)
    wide = np.zeros((HEIGHT, int(LONGEST_S * SAMPLE_RATE_HZ / STEP) + 1), np.uint8)
    wide[:, : grey.shape[1]] = grey[:, : wide.shape[1]]
    return np.asarray(cv2.applyColorMap(wide, cv2.COLORMAP_MAGMA), np.uint8)


if __name__ == "__main__":
    main()
