"""What a damage manifest says, and what it leaves unsaid."""

import csv
import json

import cv2
import numpy as np
import pytest

from tingzhen.datasets.damage_manifest import (
    TYPE_INDEX,
    picture_targets,
    read_damage_manifest,
)
from tingzhen.errors import ManifestError
from tingzhen.vision import DAMAGE_TYPES

COLUMNS = ["path", "source", "group", "labels", "boxes_xywh_norm"]


def write(folder, rows, columns=COLUMNS):
    cv2.imwrite(str(folder / "a.png"), np.zeros((8, 8, 3), np.uint8))
    path = folder / "manifest.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def said(picture):
    values = picture.targets
    return {name: int(values[i]) for i, name in enumerate(DAMAGE_TYPES) if not np.isnan(values[i])}


def test_a_source_that_labels_some_types_says_nothing_of_others(tmp_path):
    rows = [
        ["a.png", "lamps", "g1", "lamp_broken", ""],
        ["a.png", "lamps", "g2", "glass_shatter", ""],
    ]
    first, second = read_damage_manifest(write(tmp_path, rows))
    assert said(first)["lamp_broken"] == 1 and said(first)["glass_shatter"] == 0
    assert said(second)["lamp_broken"] == 0
    assert "dent" not in said(first) and "scratch" not in said(first)
    assert said(first)["undamaged"] == 0 and said(first)["not_vehicle"] == 0


def test_one_word_for_a_picture_says_nothing_of_other_damage(tmp_path):
    rows = [
        ["a.png", "insurance224", "g1", "dent", '[["part:door", 0.1, 0.2, 0.3, 0.4]]'],
        ["a.png", "insurance224", "g2", "scratch", ""],
    ]
    dent, _ = read_damage_manifest(write(tmp_path, rows))
    assert said(dent)["dent"] == 1 and "scratch" not in said(dent)
    assert [box.type_index for box in dent.boxes] == [TYPE_INDEX["dent"]]
    assert not dent.boxes_complete


def test_a_wreck_without_types_is_only_known_to_be_damaged():
    assert {
        name for name, value in zip(DAMAGE_TYPES, picture_targets(
            frozenset({"wreck_untyped"}), ()), strict=True) if value == 0
    } == {"undamaged", "not_vehicle", "tyre_worn", "tyre_cracked", "tyre_bulge"}  # fmt: skip
    assert not (picture_targets(frozenset({"part:door"}), ()) == 1).any()


@pytest.mark.parametrize("word", ["undamaged", "engine_bay", "tyre_good"])
def test_healthy_words_say_that_nothing_is_damaged(word):
    targets = picture_targets(frozenset({word}), ())
    assert targets[TYPE_INDEX["undamaged"]] == 1
    assert np.delete(targets, TYPE_INDEX["undamaged"]).tolist() == [0] * (len(DAMAGE_TYPES) - 1)


def test_everyday_things_are_no_vehicle():
    targets = picture_targets(frozenset({"not_vehicle"}), ["dent"])
    assert targets[TYPE_INDEX["not_vehicle"]] == 1 and targets[TYPE_INDEX["undamaged"]] == 0


def test_a_tyre_close_up_shows_no_body_damage():
    targets = picture_targets(frozenset({"tyre_worn"}), ["tyre_worn"])
    assert targets[TYPE_INDEX["dent"]] == 0 and np.isnan(targets[TYPE_INDEX["tyre_bulge"]])


def test_uncertain_pictures_are_left_out_and_boxes_cut_to_the_picture(tmp_path):
    boxes = json.dumps([["dent", 0.9, -0.1, 0.5, 0.3], ["dent", 1.2, 0, 0.1, 0.1]])
    rows = [["a.png", "s", "g", "uncertain", ""], ["a.png", "s", "h", "dent", boxes]]
    (only,) = read_damage_manifest(write(tmp_path, rows))
    (box,) = only.boxes
    assert (box.x, box.y) == (0.9, 0) and (box.w, box.h) == pytest.approx((0.1, 0.2))
    assert only.boxes_complete and only.group == "s/h"


def test_groups_of_different_sources_are_different(tmp_path):
    rows = [["a.png", "s", "1", "dent", ""], ["a.png", "t", "1", "dent", ""]]
    first, second = read_damage_manifest(write(tmp_path, rows))
    assert first.group != second.group


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([["a.png", "s", "g", "dints", ""]], "line 2: the label dints is unknown"),
        ([["b.png", "s", "g", "dent", ""]], "there is no b.png"),
        ([["a.png", "s", "g", "dent", "{"]], "boxes_xywh_norm"),
        ([["a.png", "s", "g", "dent", '[["dent", 1]]']], "boxes_xywh_norm"),
        ([], "holds no pictures"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_with_its_line(tmp_path, rows, part):
    with pytest.raises(ManifestError, match=part.replace("[", r"\[")):
        read_damage_manifest(write(tmp_path, rows))


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(ManifestError, match="no column boxes_xywh_norm"):
        read_damage_manifest(write(tmp_path, [], COLUMNS[:-1]))


def test_the_real_manifest_is_read_with_its_masks(data_dir):
    pictures = read_damage_manifest(data_dir / "vision" / "manifest.csv")
    by_source = {}
    for picture in pictures:
        by_source.setdefault(picture.source, []).append(picture)
    phone = np.stack([picture.targets for picture in by_source["bilgi_phone"]])
    assert not np.isnan(phone).any() and (phone[:, :8].sum(axis=0) > 0).all()
    web = np.stack([picture.targets for picture in by_source["surya_web"]])
    assert np.isnan(web[:, TYPE_INDEX["scratch"]]).all()
    assert all(picture.labels != {"uncertain"} for picture in pictures)
