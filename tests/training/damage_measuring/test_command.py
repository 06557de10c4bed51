"""`tingzhen evaluate damage` with the shipped bundle on drawn pictures."""

import csv
import json
from functools import partial

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.training.damage_measuring.conftest import texture
from tingzhen.bundle import MODELS_DIR
from tingzhen.command_line import app
from tingzhen.errors import ManifestError, TrainingError
from tingzhen.training.damage_measuring import command, doubt
from tingzhen.training.damage_measuring.odd_pictures import odd_pictures
from tingzhen.training.damage_measuring.pictures import facts_of
from tingzhen.training.damage_measuring.trained_groups import group_mark, trained_on

BUNDLE = MODELS_DIR / "damage"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    """Panels with a dark stroke, and without; a thing that is no vehicle."""
    folder = tmp_path_factory.mktemp("drawn")
    rows = []
    for group in range(6):
        for kind in ("scratch", "undamaged", "not_vehicle"):
            rgb = cv2.resize(texture(group), (160, 120))
            boxes = []
            if kind == "scratch":
                cv2.line(rgb, (30, 30), (70, 60), (0, 0, 0), 3)
                boxes = [["scratch", 30 / 160, 0.25, 0.25, 0.25]]
            name = f"{kind}{group}.png"
            cv2.imwrite(str(folder / name), rgb)
            rows.append([name, f"drawn_{kind}", f"{group}", kind, json.dumps(boxes)])
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "source", "group", "labels", "boxes_xywh_norm"])
        writer.writerows(rows)
    return path


@pytest.mark.slow
def test_out_holds_the_file_and_the_page(manifest, tmp_path, monkeypatch):
    monkeypatch.setattr(doubt, "odd_pictures", partial(odd_pictures, of_each=1))
    done = CliRunner().invoke(
        app,
        ["evaluate", "damage", "--model", str(BUNDLE), "--data", str(manifest), "--json",
         "--out", str(tmp_path / "out")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    evaluation = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    given = evaluation["splits"]["given"]
    assert printed["by_source"] == given["by_source"] and given["pictures"] == 18
    assert printed["trained_on"] == evaluation["trained_on"] == 0 and "warning" not in printed
    assert given["phone_photos"]["sources"] == ["drawn_scratch"]
    assert given["crops"]["near"] > 0 and evaluation["model"]["frames_32_s"] > 0
    # The strokes change little: each panel is alike to its two sisters in the other groups.
    assert evaluation["leaks"]["across_groups"] >= 12
    assert {"odd_pictures", "everyday_things"} == set(evaluation["doubt"])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "manifest.csv" in page and str(tmp_path) not in page


def test_without_json_a_table_is_printed(manifest, monkeypatch):
    monkeypatch.setattr(command, "damage_figures", small(command.damage_figures))
    done = CliRunner().invoke(
        app, ["evaluate", "damage", "--model", str(BUNDLE), "--data", str(manifest)],
        env={"COLUMNS": "160"},
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "called_damaged" in done.stdout and "tingzhen-damage" in done.stdout
    assert "[0.0, 1.0]" not in done.stdout


def small(figures):
    return lambda scored, **given: figures(scored, **(given | {"resamples": 5}))


def test_a_picture_that_is_none_is_named(manifest, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "m.csv").write_text(
        "path,source,group,labels,boxes_xywh_norm\na.png,s,g,undamaged,\n"
    )
    with pytest.raises(ManifestError, match=r"a\.png"):
        command.evaluate_damage(BUNDLE, tmp_path / "m.csv")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="file"):
        command.write_evaluation(tmp_path / "file", {}, "")


def test_groups_are_known_by_their_marks():
    metadata = {"trained_groups": [group_mark("phone/a"), group_mark("phone/b")]}
    assert trained_on(metadata, ["phone/a", "phone/a", "phone/c"]) == 1
    assert trained_on({}, ["phone/a"]) == 0
    # The shipped bundles hold these marks: they must not change.
    assert group_mark("phone/a") == "e347f4ca"


def test_facts_are_measured():
    dark, bright = np.full((300, 300, 3), 20, np.uint8), texture(1, 300)
    assert facts_of(dark).brightness == pytest.approx(20 / 255, abs=0.01)
    assert facts_of(dark).sharpness == 0 and facts_of(dark).hash is None
    blurred = cv2.GaussianBlur(bright, (0, 0), 8)
    assert facts_of(blurred).sharpness < facts_of(bright).sharpness
