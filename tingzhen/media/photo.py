"""A still photograph → one upright RGB frame."""

import io
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pi_heif import register_heif_opener
from PIL import Image, ImageOps, UnidentifiedImageError

from tingzhen.errors import DamagedFile, TooManyPixels
from tingzhen.language import Text
from tingzhen.media.limits import Limits
from tingzhen.media.picture import fit_within

register_heif_opener()
Image.init()
# The pixel limit is ours and comes with an error of its own.
Image.MAX_IMAGE_PIXELS = None
_ORIENTATION_TAG = 0x0112
_ROTATION_OF_ORIENTATION = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}


def too_many_pixels(width: int, height: int, limits: Limits) -> TooManyPixels:
    millions, allowed = width * height / 1e6, limits.max_pixels / 1e6
    return TooManyPixels(
        Text(f"画面为 {width}×{height}（{millions:.0f} 百万像素），上限为 {allowed:.0f} 百万像素。"
             "请缩小后再上传。",
             f"The picture has {width}×{height} pixels ({millions:.0f} million); "
             f"{allowed:.0f} million are accepted. Make it smaller and try again.")
    )  # fmt: skip


def read_photo(
    file: BinaryIO, name: str, limits: Limits
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """RGB uint8 (height, width, 3) and facts {codec, width, height, rotation} of a photo.

    name: the photo library's decoder, from `sniff`. Raises TooManyPixels, DamagedFile.
    """
    try:
        with Image.open(io.BytesIO(file.read()), formats=[name]) as image:
            width, height = image.size
            if width * height > limits.max_pixels:
                raise too_many_pixels(width, height, limits)
            # HEIF is turned by its library; the others say in EXIF how they were held.
            orientation = image.getexif().get(_ORIENTATION_TAG, 1)
            if image.format in {"JPEG", "MPO"}:
                image.draft("RGB", fit_within(width, height, 2 * limits.frame_side_px))
            upright = ImageOps.exif_transpose(_on_white(image))
            size = fit_within(upright.width, upright.height, limits.frame_side_px)
            small = upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
            rgb = np.asarray(small, dtype=np.uint8)
    # RuntimeError: of libheif, for a picture that is not what its header says.
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, RuntimeError) \
            as error:  # fmt: skip
        raise DamagedFile(
            Text("照片已损坏，无法解码。请重新拍摄或从手机重新导出。",
                 "The photo is damaged and cannot be decoded. Take it again or export it again.")
        ) from error  # fmt: skip
    facts = {
        "codec": name.lower(),
        "width": width,
        "height": height,
        "rotation": _ROTATION_OF_ORIENTATION.get(orientation, 0),
    }
    return rgb, facts


def _on_white(image: Image.Image) -> Image.Image:
    """RGB; transparent parts on white, deeper grey levels scaled rather than cut."""
    exif = image.getexif()
    if image.mode.startswith("I;16") or image.mode == "I":
        grey = np.asarray(image, dtype=np.float32)
        converted = Image.fromarray((grey / 257.0).clip(0, 255).astype(np.uint8)).convert("RGB")
    elif "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        converted = Image.new("RGB", image.size, (255, 255, 255))
        converted.paste(rgba, mask=rgba.getchannel("A"))
    else:
        converted = image.convert("RGB")
    if orientation := exif.get(_ORIENTATION_TAG):
        converted.getexif()[_ORIENTATION_TAG] = orientation
    return converted
