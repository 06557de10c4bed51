"""Versions: added whole, tried out before they serve, changed by one at a time."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.postgres import on_both_databases
from tests.serving.inference.bundles import variant, with_broken_weights
from tests.serving.inference.conftest import states
from tingzhen.bundle import MODELS_DIR
from tingzhen.errors import BundleError, ModelStateInvalid, ModelUnknown
from tingzhen.serving.files import FileStore
from tingzhen.serving.inference import ModelRegistry


@on_both_databases
def test_a_version_goes_through_its_states(
    registry: ModelRegistry, noise_4: Path, noise_5: Path
) -> None:
    registry.adopt("noise", MODELS_DIR / "noise")
    assert states(registry) == {"3": "active"}
    registry.add(noise_4)
    registry.add(noise_5)
    registry.add(noise_5)  # once more changes nothing
    assert states(registry) == {"3": "active", "4": "kept", "5": "kept"}
    registry.shadow("noise", "4")
    registry.shadow("noise", "5")
    assert states(registry) == {"3": "active", "4": "kept", "5": "shadow"}
    found = registry.activate("noise", "4", "li_lei")
    assert (found.state, found.activated_by) == ("active", "li_lei")
    assert states(registry) == {"3": "kept", "4": "active", "5": "shadow"}
    registry.end_shadow("noise")
    assert registry.roll_back("noise", "li_lei").version == "3"
    assert registry.roll_back("noise", "li_lei").version == "4"
    registry.retire("noise", "3")
    assert states(registry) == {"3": "retired", "4": "active", "5": "kept"}
    with pytest.raises(ModelStateInvalid, match="go back to"):
        registry.roll_back("noise", "li_lei")  # 5 never was active, 3 is retired


def test_what_does_not_fit_the_state_is_refused(registry: ModelRegistry, noise_4: Path) -> None:
    registry.adopt("noise", MODELS_DIR / "noise")
    registry.add(noise_4)
    for deed in (registry.shadow, registry.retire):
        with pytest.raises(ModelStateInvalid, match="is active"):
            deed("noise", "3")
    with pytest.raises(ModelUnknown, match="no noise model 9"):
        registry.activate("noise", "9", "li_lei")
    with pytest.raises(ModelUnknown):
        registry.activate("damage", "3", "li_lei")
    registry.retire("noise", "4")
    with pytest.raises(ModelStateInvalid, match="retired"):
        registry.activate("noise", "4", "li_lei")
    assert registry.add(noise_4).state == "kept"  # adding it again brings it back


def test_the_whole_bundle_is_kept(registry: ModelRegistry, noise_4: Path, tmp_path: Path) -> None:
    bundle = shutil.copytree(noise_4, tmp_path / "bundle")
    added = registry.add(bundle)
    shutil.rmtree(bundle)
    assert registry.network(added) == (noise_4 / "model.onnx").read_bytes()
    assert registry.card(added) == (noise_4 / "card.md").read_text()
    assert registry.evaluation(added) == json.loads((noise_4 / "evaluation.json").read_text())
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(MODELS_DIR / "noise" / "model.onnx", bare)
    added = registry.add(bare)
    assert registry.card(added) is None
    assert registry.evaluation(added) is None


def test_bundles_that_cannot_serve_are_not_kept(registry: ModelRegistry, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    cut = variant(tmp_path / "cut", "noise", "6")
    (cut / "model.onnx").write_bytes((cut / "model.onnx").read_bytes()[:-100_000])
    broken = with_broken_weights(variant(tmp_path / "broken", "noise", "6"))
    unlabelled = variant(tmp_path / "labels", "noise", "6", {'"hiss", "exh': '"boom", "exh'})
    other_task = variant(tmp_path / "task", "noise", "6", {'"task": "noise"': '"task": "smell"'})
    untensed = variant(tmp_path / "output", "noise", "6", {"novelty": "novella"})
    named = variant(tmp_path / "named", "noise", "/")
    for folder, says in {
        empty: "cannot be read",
        cut: "not a Tingzhen ONNX model",
        broken: "not finite",
        unlabelled: "metadata",
        other_task: "smell",
        untensed: "novelty",
        named: "version",
    }.items():
        with pytest.raises(BundleError, match=says):
            registry.add(folder)
    assert registry.versions() == []


def test_a_version_whose_file_was_damaged_cannot_be_activated(
    registry: ModelRegistry, files: FileStore, noise_4: Path
) -> None:
    registry.adopt("noise", MODELS_DIR / "noise")
    added = registry.add(noise_4)
    files.put_bytes(f"{added.path_or_key}/model.onnx", b"rot")
    for deed in (registry.shadow, lambda *v: registry.activate(*v, "li_lei")):
        with pytest.raises(BundleError, match="sha256"):
            deed("noise", "4")
    assert states(registry) == {"3": "active", "4": "kept"}


def test_another_bundle_of_the_same_version_is_refused(
    registry: ModelRegistry, noise_4: Path, tmp_path: Path
) -> None:
    registry.add(noise_4)
    with pytest.raises(ModelStateInvalid, match="has version 4"):
        registry.add(variant(tmp_path / "other", "noise", "4"))


@pytest.mark.slow
def test_a_new_release_brings_its_models_until_somebody_has_chosen(
    registry: ModelRegistry, noise_4: Path, noise_5: Path, tmp_path: Path
) -> None:
    registry.adopt("noise", MODELS_DIR / "noise")
    registry.adopt("noise", noise_4)
    assert states(registry) == {"3": "kept", "4": "active"}
    registry.adopt("noise", MODELS_DIR / "noise")  # a process of the old release starts again
    assert states(registry) == {"3": "kept", "4": "active"}
    registry.roll_back("noise", "li_lei")
    registry.adopt("noise", noise_5)
    assert states(registry) == {"3": "active", "4": "kept", "5": "kept"}
    # Bundles of one version that differ, as while one is being worked on, are kept apart.
    registry.adopt("noise", variant(tmp_path / "other", "noise", "4"))
    (other,) = set(states(registry)) - {"3", "4", "5"}
    assert other.startswith("4+")


@pytest.mark.slow
@on_both_databases
def test_many_change_at_once_and_one_is_active(
    registry: ModelRegistry, noise_4: Path, noise_5: Path
) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: registry.adopt("noise", MODELS_DIR / "noise"), range(4)))
        list(pool.map(registry.add, [noise_4, noise_5] * 2))
        deeds = [("activate", "4"), ("activate", "5"), ("shadow", "3"), ("activate", "3")] * 2

        def change(deed: tuple[str, str]) -> None:
            try:
                if deed[0] == "activate":
                    registry.activate("noise", deed[1], "li_lei")
                else:
                    registry.shadow("noise", deed[1])
            except ModelStateInvalid:
                pass  # it was active just then

        list(pool.map(change, deeds))
    found = list(states(registry).values())
    assert found.count("active") == 1
    assert found.count("shadow") <= 1
    assert len(found) == 3
