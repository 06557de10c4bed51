"""A decoded video frame → upright RGB with square pixels, at the size that is handed on."""

import struct
from typing import Any

import cv2
import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

THUMBNAIL_PX = 32
SHARPNESS_SIDE_PX = 256

# AVColorTransferCharacteristic (ITU-T H.273, table 3)
_PQ, _HLG = 16, 18
# AVColorSpace
_UNSPECIFIED_SPACES = {0, 2}
_ITU709, _ITU601, _BT2020 = 1, 5, 9
_PLAIN_YUV = {"yuv420p", "yuvj420p"}
# White of a phone's SDR screen in an HDR picture, cd/m² (ITU-R BT.2408: 203 cd/m² diffuse white)
_DIFFUSE_WHITE_NITS = 203.0


def fit_within(width: int, height: int, side_px: int) -> tuple[int, int]:
    """Width and height scaled so that the longer side is at most side_px; never enlarged."""
    scale = min(1.0, side_px / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


class FrameConverter:
    """Frames of one clip → RGB; keeps the scalers, which cost more to set up than to run.

    side_px: pixels of the longer side, at most. Not for use from several threads.
    """

    def __init__(self, side_px: int) -> None:
        self._side_px = side_px
        self._scaler, self._converter = VideoReformatter(), VideoReformatter()

    def upright_rgb(self, frame: Any, *, sample_aspect: float) -> NDArray[np.uint8]:
        """RGB uint8 (height, width, 3) of a PyAV frame: square pixels, turned and mirrored as
        stored. sample_aspect: width of a stored pixel divided by its height."""
        width, height = frame.width, frame.height
        if sample_aspect > 1:
            width = round(width * sample_aspect)
        else:
            height = round(height / sample_aspect)
        size = fit_within(max(1, width), max(1, height), self._side_px)
        if _is_hdr(frame):
            rgb = _hdr_to_sdr(
                self._scaled(frame, size, "rgb48le"),
                transfer=int(frame.color_trc),
                wide_gamut=int(frame.color_primaries) == _BT2020,
            )
        else:
            rgb = self._scaled(frame, size, "rgb24")
        return _apply_display_matrix(rgb, display_matrix(frame))

    def _scaled(self, frame: Any, size: tuple[int, int], pixel_format: str) -> NDArray[Any]:
        space = int(frame.colorspace)
        if space in _UNSPECIFIED_SPACES:
            # ITU-T H.273 leaves it open; players take BT.709 from 720 lines up.
            space = _ITU709 if min(frame.width, frame.height) >= 720 else _ITU601
        if frame.format.name in _PLAIN_YUV:
            # Scaling before converting takes a third of the time of both at once.
            frame = self._scaler.reformat(frame, *size, interpolation="AREA", threads=1)
        small = self._converter.reformat(
            frame, *size, pixel_format, src_colorspace=space, interpolation="AREA", threads=1
        )
        pixels: NDArray[Any] = small.to_ndarray()
        return pixels


def _is_hdr(frame: Any) -> bool:
    return int(frame.color_trc) in {_PQ, _HLG}


def _hdr_to_sdr(coded: NDArray[np.uint16], *, transfer: int, wide_gamut: bool) -> NDArray[np.uint8]:
    """PQ or HLG, with BT.2020 primaries if so → sRGB, highlights rolled off rather than cut."""
    linear = _linear_light_table(transfer)[coded >> 4]
    if wide_gamut:
        linear = linear @ _BT2020_TO_BT709.T
    np.clip(linear, 0.0, None, out=linear)
    peak = linear.max(axis=2, keepdims=True)
    linear *= _rolled_off(peak) / np.maximum(peak, 1e-6)
    sdr: NDArray[np.uint8] = _SRGB_TABLE[(linear * 4095 + 0.5).astype(np.uint16).clip(0, 4095)]
    return sdr


def _rolled_off(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Extended Reinhard (Reinhard et al. 2002, eq. 4) with 1000 cd/m² mapped to white."""
    white = 1000.0 / _DIFFUSE_WHITE_NITS
    rolled = level * (1 + level / white**2) / (1 + level)
    return rolled.astype(np.float32)


def _linear_light_table(transfer: int) -> NDArray[np.float32]:
    """4096 coded values → linear light, 1.0 at diffuse white (ITU-R BT.2100, table 4 and 5)."""
    signal = np.linspace(0.0, 1.0, 4096)
    if transfer == _PQ:
        m1, m2 = 2610 / 16384, 2523 / 4096 * 128
        c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
        root = signal ** (1 / m2)
        nits = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
        nits = 1000 * scene**1.2
    return (nits / _DIFFUSE_WHITE_NITS).astype(np.float32)


_BT2020_TO_BT709 = np.array(  # ITU-R BT.2087, M2
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    dtype=np.float32,
)


def _srgb_table() -> NDArray[np.uint8]:
    """4096 linear values → sRGB bytes (IEC 61966-2-1)."""
    linear = np.linspace(0.0, 1.0, 4096)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (coded * 255 + 0.5).astype(np.uint8)


_SRGB_TABLE = _srgb_table()


def display_matrix(frame: Any) -> tuple[int, int, int, int]:
    """(a, b, c, d) of the display matrix, each -1, 0 or 1; the identity where none is stored.

    ISO/IEC 14496-12, 6.2.2: x' = a x + c y, y' = b x + d y in coordinates with y downwards.
    """
    stored = frame.side_data.get(SideDataType.DISPLAYMATRIX)
    if stored is not None:
        values = struct.unpack("=9i", bytes(stored)[:36])
        a, b, c, d = (round(values[i] / 65536) for i in (0, 1, 3, 4))
        if abs(a * d - b * c) == 1 and {abs(a), abs(b), abs(c), abs(d)} <= {0, 1}:
            return a, b, c, d
    return 1, 0, 0, 1


def rotation_deg(matrix: tuple[int, int, int, int]) -> int:
    """Clockwise turn in degrees (0, 90, 180, 270) that makes the stored picture upright."""
    _, b, _, d = matrix
    if b == 0:
        return 0 if d == 1 else 180
    return 90 if b == 1 else 270


def _apply_display_matrix(
    rgb: NDArray[np.uint8], matrix: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    a, b, c, d = matrix
    if b != 0:  # rows become columns: x' = c y, y' = b x
        rgb = np.swapaxes(rgb, 0, 1)
        a, d = c, b
    if a == -1:
        rgb = rgb[:, ::-1]
    if d == -1:
        rgb = rgb[::-1]
    # A copy of its own: a view would keep the decoder's larger buffer alive.
    return np.array(rgb, order="C")


def grey_small(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Green channel, uint8, 256 px on the longer side: what sharpness and sameness are read from.

    Green carries 72 % of luma (ITU-R BT.709) and costs no conversion.
    """
    size = fit_within(rgb.shape[1], rgb.shape[0], SHARPNESS_SIDE_PX)
    green = cv2.extractChannel(rgb, 1)
    return np.asarray(cv2.resize(green, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def thumbnail(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (32, 32) of a picture from `grey_small`, for telling near-duplicates."""
    small = cv2.resize(grey, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of a picture from `grey_small` (Pech-Pacheco et al. 2000)."""
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
