"""A folder of own clips as data."""

import pytest

from tingzhen.datasets.noise_folder import data_digest, read_noise_data
from tingzhen.errors import ManifestError


def put(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return folder


def test_the_subfolder_is_the_type_and_a_prefix_is_the_recording(tmp_path):
    folder = put(
        tmp_path / "own", "knock/car12__1.wav", "normal/car12__2.wav", "normal/a.m4a",
        "knock/a.m4a", "negative/rain.ogg", "knock+squeal/b.mp4", "knock/.DS_Store", ".git/x",
    )  # fmt: skip
    clips = {f"{c.path.parent.name}/{c.path.name}": c for c in read_noise_data(folder)}
    assert len(clips) == 6
    assert {c.source for c in clips.values()} == {"own"}
    assert clips["knock/car12__1.wav"].group == clips["normal/car12__2.wav"].group
    assert clips["knock/a.m4a"].group != clips["normal/a.m4a"].group
    assert clips["knock+squeal/b.mp4"].types == {"knock", "squeal"}
    assert clips["negative/rain.ogg"].types == {"not_vehicle"}
    assert clips["negative/rain.ogg"].negative and not clips["normal/a.m4a"].negative


def test_two_levels_name_the_source(tmp_path):
    clips = read_noise_data(put(tmp_path / "own", "anna/knock/1.wav", "ben/knock/1.wav"))
    assert [c.source for c in clips] == ["anna", "ben"]
    assert clips[0].group != clips[1].group


def test_a_manifest_in_the_folder_goes_first(tmp_path):
    folder = put(tmp_path, "a.wav", "odd/b.wav")
    (folder / "manifest.csv").write_text("path,acoustic,group,source\na.wav,knock,g,s\n")
    assert [c.group for c in read_noise_data(folder)] == ["g"]
    assert data_digest(folder) == data_digest(folder / "manifest.csv")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.wav"], r"a\.wav lies in no type's folder"),
        (["knok/a.wav"], "knok is neither a noise type"),
        (["anna/knok/a.wav"], "anna/knok is neither"),
        (["knock/deep/a.wav"], "knock/deep is a folder"),
        (["knock/.hidden"], "there is no recording"),
    ],
)
def test_what_lies_wrong_is_named(tmp_path, names, said):
    with pytest.raises(ManifestError, match=said) as error:
        read_noise_data(put(tmp_path / "own", *names))
    assert "数据文件夹" in error.value.text.zh


def test_the_digest_is_of_what_lies_in_it(tmp_path):
    one = data_digest(put(tmp_path / "a", "knock/1.wav"))
    assert data_digest(put(tmp_path / "b", "knock/1.wav")) == one
    assert data_digest(put(tmp_path / "b", "knock/2.wav")) != one
