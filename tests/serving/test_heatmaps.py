"""`--heatmap DIR`: a picture of each damage, from the file to the files."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.odd.encode import write_picture
from tests.vision.panels import colour_bundle, marked, panel
from tingzhen.errors import SettingsError
from tingzhen.serving.commands.diagnose import diagnose_paths
from tingzhen.serving.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A network that takes red for a scratch and blue for a dent."""
    colour_bundle(tmp_path / "colours")
    return Settings(damage_model=tmp_path / "colours")


def test_each_damage_has_its_picture(settings: Settings, tmp_path: Path, capsys) -> None:
    scene = panel(seed=6)
    write_picture(tmp_path / "door.png", marked(marked(scene, (0.2, 0.2)), (0.8, 0.7),
                                                colour="blue"))  # fmt: skip
    write_picture(tmp_path / "clean.png", scene)
    out = tmp_path / "heat"
    paths = [tmp_path / "door.png", tmp_path / "clean.png"]
    assert diagnose_paths(paths, settings=settings, language="en", heatmap=out, as_json=True)
    names = sorted(path.name for path in out.iterdir())
    assert [name.split("-", 2)[0] for name in names] == ["door", "door"]
    assert {name.removesuffix(".jpg").split("-")[2] for name in names} == {"scratch", "dent"}
    assert str(out) in capsys.readouterr().err.replace("\n", "")
    picture = cv2.imread(str(next(out.glob("*-scratch.jpg")))).astype(int)
    plain = marked(marked(scene, (0.2, 0.2)), (0.8, 0.7), colour="blue")[:, :, ::-1]
    changed = np.abs(picture - plain).sum(axis=2)
    assert changed[80:112, 112:144].mean() > 100
    assert changed[300:, :320].mean() < 30


def test_a_folder_that_cannot_be_made_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError):
        diagnose_paths([tmp_path / "x.png"], settings=settings, heatmap=tmp_path / "file" / "heat")
