"""The way from a manifest to a bundle, on a small generated data set and a tiny backbone."""

import csv
import json
import wave
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tingzhen.audio import NoiseRecogniser  # noqa: E402
from tingzhen.audio.vocabulary import NOISE_TYPES  # noqa: E402
from tingzhen.bundle import open_bundle  # noqa: E402
from tingzhen.errors import ManifestError, TrainingError  # noqa: E402
from tingzhen.training.noise import command as noise_command  # noqa: E402
from tingzhen.training.noise import material as material_room  # noqa: E402
from tingzhen.training.noise.head import CONTEXT  # noqa: E402
from tingzhen.training.noise.hearings import Recipe  # noqa: E402
from tingzhen.training.noise.listener import ListenerSettings  # noqa: E402
from tingzhen.training.noise.weights import load_backbone  # noqa: E402
from tingzhen.training.options import TrainOptions  # noqa: E402
from tingzhen.training.runs import Run  # noqa: E402

RATE = 16_000
WIDTH = 8


def write_wav(path, waveform):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(waveform, -1, 1) * 32767).astype("<i2").tobytes())


def sound(type_, random):
    """1.2 s of something that differs by type: an engine's hum, with a tone or with pulses."""
    time_s = np.arange(int(1.2 * RATE)) / RATE
    hum = 0.1 * np.sin(2 * np.pi * random.uniform(140, 180) * time_s)
    hum += random.normal(0, 0.01, len(time_s))
    if type_ == "squeal":
        hum += 0.2 * np.sin(2 * np.pi * random.uniform(2500, 3500) * time_s)
    if type_ == "knock":
        hum += random.normal(0, 0.4, len(time_s)) * (time_s * 8 % 1 < 0.1)
    if type_ == "negative":
        hum = random.normal(0, 0.1, len(time_s))
    return hum


def write_backbone(folder: Path) -> Path:
    """Five random convolutions with the strides of the real trunk, and a class map."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(0)
    classes = [name for names in CONTEXT.values() for name in names]
    layers, weights = [], {}
    for i in range(5):
        inputs = WIDTH if i else 1
        layers.append({"name": f"conv{i}", "inputs": inputs, "outputs": WIDTH, "kernel": [3, 3],
                       "stride": [2, 2], "pads_top_left_bottom_right": [0, 0, 1, 1],
                       "groups": 1})  # fmt: skip
        weights[f"conv{i}.weight"] = 0.3 * torch.randn(WIDTH, inputs, 3, 3, generator=generator)
        weights[f"conv{i}.bias"] = 0.1 * torch.randn(WIDTH, generator=generator)
    weights["fc.weight"] = 0.01 * torch.randn(len(classes), WIDTH, generator=generator)
    weights["fc.bias"] = torch.full((len(classes),), -4.0)
    save_file(weights, folder / "yamnet.safetensors")
    (folder / "layers.json").write_text(json.dumps(layers))
    with (folder / "yamnet_class_map.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["index", "mid", "display_name"])
        writer.writerows([i, f"/m/{i}", name] for i, name in enumerate(classes))
    return folder


def write_data(folder: Path, *, prefix: str = "g", seed: int = 0) -> Path:
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    rows = []
    for i in range(32):
        type_ = ("normal", "squeal", "knock", "negative")[i % 4]
        write_wav(folder / f"{i}.wav", sound(type_, random))
        reported = "neg_rain" if type_ == "negative" else ""
        rows.append([f"{i}.wav", type_, reported, f"{prefix}{i}", f"source{i // 4 % 2}"])
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "acoustic", "reported", "group", "source"])
        writer.writerows([*rows, ["0.wav", "unsure", "low_oil", "gx", "source0"]])
    return folder / "manifest.csv"


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    root = tmp_path_factory.mktemp("noise")
    return write_data(root / "data"), write_backbone(root / "weights"), root


def options(weights, **changed):
    return TrainOptions(weights=weights, epochs=300, folds=3, threads=1, **changed)


def train(manifest, out, wanted):
    """A run of everything, only of little."""
    noise_command.train_noise(
        [manifest], out, wanted,
        recipe=Recipe(phones=1, beds=60, scenes=20), repeats=2,
        listener=ListenerSettings(width=8, steps=20, batch=16),
    )  # fmt: skip


class CutError(RuntimeError):
    """Stands for a process that is ended from outside."""


def train_until(monkeypatch, name, *, manifest, out, wanted):
    """Train and be cut off right after checkpoint `name`."""
    save = Run.save_checkpoint

    def save_and_stop(self, given, state):
        save(self, given, state)
        if given == name:
            raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(Run, "save_checkpoint", save_and_stop)
        with pytest.raises(CutError):
            train(manifest, out, wanted)


@pytest.fixture(scope="module")
def trained(material):
    """A run that was cut off while it listened, and again after the cross-validation."""
    manifest, weights, root = material
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(material_room, "PART", 100)
        for name in ("heard-1", "by_recording-0"):
            train_until(patch, name, manifest=manifest, out=root / "out", wanted=options(weights))
        train(manifest, root / "out", options(weights))
    return root / "out"


@pytest.mark.slow
def test_a_bundle_comes_out_with_everything_beside_it(trained):
    bundle = open_bundle(trained, "noise")
    assert bundle.metadata["trained"] == list(NOISE_TYPES)
    assert set(bundle.metadata["thresholds"]) == {*NOISE_TYPES} - {"not_vehicle"}
    assert bundle.metadata["provenance"]["knock"] == "one_source"
    assert bundle.metadata["provenance"]["hiss"] == "synthetic"
    assert len(bundle.metadata["training_groups"]) == 32
    card = (trained / "card.md").read_text(encoding="utf-8")
    assert "| hiss | 0 | synthetic sound |" in card and "source1" in card
    evaluation = json.loads((trained / "evaluation.json").read_text())
    splits = evaluation["splits"]
    assert splits["by_recording"]["balanced_accuracy"]["n"] == 24
    assert {
        "by_recording",
        "source_left_out",
        "synthetic_faults",
        "synthetic_only",
    } <= splits.keys()
    assert {
        "controls",
        "one_source",
        "events",
        "novelty",
        "robustness",
        "marks",
    } <= evaluation.keys()
    assert "<audio" in (trained / "report.html").read_text(encoding="utf-8")
    config = json.loads((trained / "config.json").read_text())
    assert config["seed"] == 0 and config["fit"]["steps"] > 0


@pytest.mark.slow
def test_a_run_that_was_cut_off_twice_is_the_run_in_one_go(material, trained, monkeypatch):
    manifest, weights, root = material
    events = [json.loads(x)["event"] for x in (trained / "log.jsonl").read_text().splitlines()]
    stages = [event for event in events if event != "step"]
    assert stages == ["started", "resumed", "resumed", "finished"]
    assert "step" in events
    monkeypatch.setattr(material_room, "PART", 100)
    train_until(
        monkeypatch, "by_recording-0", manifest=manifest, out=root / "one", wanted=options(weights)
    )
    for name in ("heard-0", "heard-1", "by_recording-0"):
        cut, whole = Run(trained).load_checkpoint(name), Run(root / "one").load_checkpoint(name)
        assert cut.keys() == whole.keys()
        for key, value in whole.items():
            same = torch.equal(cut[key], value) if torch.is_tensor(value) else cut[key] == value
            assert same, (name, key)


@pytest.mark.slow
def test_evaluation_says_when_recordings_were_trained_on(material, trained):
    seen = noise_command.evaluate_noise(trained, material[0])
    assert seen["seen_in_training"] == 32 and "trained on" in seen["warning"]
    fresh = write_data(material[2] / "fresh", prefix="other", seed=9)
    figures = noise_command.evaluate_noise(trained, fresh)
    assert figures["seen_in_training"] == 0 and "warning" not in figures
    # The sounds are easy: a tone, pulses and a hum; chance is a third.
    assert figures["balanced_accuracy"]["value"] > 0.6
    assert figures["balanced_accuracy"]["n"] == 24
    json.dumps(figures)


@pytest.mark.slow
def test_a_trained_bundle_hears_by_type(trained):
    recogniser = NoiseRecogniser(open_bundle(trained, "noise"))
    random = np.random.default_rng(77)
    findings = recogniser.recognise(sound("squeal", random).astype(np.float32))
    assert {score.type for score in findings.types} == set(NOISE_TYPES)
    faults = [s.type for s in findings.types if s.type not in {"normal", "not_vehicle"}]
    assert faults[0] == "squeal"


def test_weights_are_needed_and_must_be_whole(tmp_path, material):
    manifest, weights, _ = material
    with pytest.raises(TrainingError, match="TINGZHEN_WEIGHTS"):
        noise_command.train_noise([manifest], tmp_path / "o", TrainOptions())
    with pytest.raises(TrainingError, match="missing"):
        load_backbone(tmp_path)
    for name in ("layers.json", "yamnet_class_map.csv"):
        (tmp_path / name).write_bytes((weights / name).read_bytes())
    (tmp_path / "yamnet.safetensors").write_bytes(b"not weights")
    with pytest.raises(TrainingError, match="cannot be used"):
        load_backbone(tmp_path)


def test_too_few_recordings_are_refused(tmp_path, material):
    lines = material[0].read_text().splitlines()
    (material[0].parent / "few.csv").write_text("\n".join(lines[:6]) + "\n")
    with pytest.raises(TrainingError, match="normal"):
        noise_command.train_noise(
            [material[0].parent / "few.csv"], tmp_path / "o", options(material[1])
        )


def test_a_clip_that_cannot_be_decoded_is_named(tmp_path, material):
    manifest = write_data(tmp_path / "data")
    (tmp_path / "data" / "3.wav").write_bytes(b"RIFF nothing")
    with pytest.raises(ManifestError, match=r"3\.wav"):
        noise_command.train_noise([manifest], tmp_path / "o", options(material[1]))
