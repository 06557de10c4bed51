"""No development photograph is taken for noise, a drawing or a page of text."""

import pytest

from tingzhen.datasets.damage_manifest import read_damage_manifest
from tingzhen.training.damage_measuring.pictures import read_picture
from tingzhen.vision.photographic import is_photographic


@pytest.mark.slow
def test_photographs_are_photographic(data_dir):
    pictures = read_damage_manifest(data_dir / "vision" / "manifest.csv")
    refused = [p.path.name for p in pictures if not is_photographic(read_picture(p))]
    assert len(pictures) > 5000
    assert refused == []
