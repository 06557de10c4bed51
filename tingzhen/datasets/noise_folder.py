"""A folder of own clips as data: what lies in which subfolder is its label.

    DIR/<type>/FILE              source: the name of DIR
    DIR/<source>/<type>/FILE     several sources: phones, workshops, people

<type> is a noise type, `negative` (no vehicle at all), or several types at once joined with "+".
One file is one recording; files that share a prefix before "__" (car12__1.wav, car12__2.wav) are
one recording or car together, whichever types they lie under. A folder that holds manifest.csv is
read by that.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip, read_noise_manifest
from tingzhen.errors import ManifestError
from tingzhen.language import Text

MANIFEST = "manifest.csv"
NEGATIVE = "negative"
TOGETHER = "__"
_NOT_CLIPS = frozenset({"thumbs.db", "desktop.ini"})
"""What file managers leave behind."""


def read_noise_data(path: Path) -> list[NoiseClip]:
    """Clips of a manifest, or of a folder. Raises ManifestError."""
    if not path.is_dir():
        return read_noise_manifest(path)
    if (path / MANIFEST).is_file():
        return read_noise_manifest(path / MANIFEST)
    return read_noise_folder(path)


def read_noise_folder(folder: Path) -> list[NoiseClip]:
    """Clips of the folder in the order of their paths.

    Raises ManifestError when something lies where it cannot mean anything, or nothing is there.
    Whether a file can be decoded shows only when it is heard.
    """
    clips: list[NoiseClip] = []
    for child in _visible(folder, folder):
        if not child.is_dir():
            raise _misplaced(folder, child)
        types = types_of(child.name)
        if types is not None:
            clips += _clips(folder, child, types, source=folder.resolve().name)
            continue
        within = list(_visible(folder, child))
        if not within:
            raise _no_type(folder, child)
        for grandchild in within:
            if not grandchild.is_dir():
                raise _no_type(folder, child)
            types = types_of(grandchild.name)
            if types is None:
                raise _no_type(folder, grandchild)
            clips += _clips(folder, grandchild, types, source=child.name)
    if not clips:
        raise _error(folder, "里面没有录音", "there is no recording in it")
    return clips


def types_of(name: str) -> frozenset[str] | None:
    """Types that a folder's name stands for; None where it is no such name."""
    if name == NEGATIVE:
        return frozenset({"not_vehicle"})
    types = frozenset(name.split("+"))
    return types if types <= set(NOISE_TYPES) else None


def data_digest(path: Path) -> str:
    """SHA-256 in hex of a manifest's bytes, or of the names and sizes of a folder's files."""
    if path.is_dir() and (path / MANIFEST).is_file():
        path /= MANIFEST
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    listed = [
        f"{clip.path.relative_to(path)} {clip.path.stat().st_size}"
        for clip in read_noise_folder(path)
    ]
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()


def _clips(
    folder: Path, of_type: Path, types: frozenset[str], *, source: str
) -> Iterator[NoiseClip]:
    for file in _visible(folder, of_type):
        if file.is_dir():
            raise _error(
                folder,
                f"{file.relative_to(folder)} 是文件夹，类型文件夹中只能放录音",
                f"{file.relative_to(folder)} is a folder; a type's folder holds recordings alone",
            )
        prefix, joined, _ = file.stem.partition(TOGETHER)
        # Without a prefix two files of one name under two types are two recordings.
        group = prefix if joined and prefix else f"{of_type.name}/{file.name}"
        yield NoiseClip(
            file, types, f"{source}/{group}", source, "",
            negative=of_type.name == NEGATIVE, weak=False,
        )  # fmt: skip


def _visible(folder: Path, inside: Path) -> Iterator[Path]:
    try:
        children = sorted(inside.iterdir())
    except OSError as error:
        raise _error(
            folder,
            f"{inside} 无法读取（{error.strerror}）",
            f"{inside} cannot be read ({error.strerror})",
        ) from error
    for child in children:
        if not child.name.startswith(".") and child.name.lower() not in _NOT_CLIPS:
            yield child


def _misplaced(folder: Path, file: Path) -> ManifestError:
    return _error(
        folder,
        f"{file.name} 不在任何类型文件夹中。请放入 {folder.name}/<类型>/",
        f"{file.name} lies in no type's folder. Put it into {folder.name}/<type>/",
    )


def _no_type(folder: Path, child: Path) -> ManifestError:
    names = ", ".join(NOISE_TYPES)
    return _error(
        folder,
        f"{child.relative_to(folder)} 既不是噪声类型，也不是装有类型文件夹的来源。"
        f"类型：{names}、negative，多种并存用 + 连接",
        f"{child.relative_to(folder)} is neither a noise type nor a source that holds folders of "
        f"noise types. Types: {names}, negative, or several joined with +",
    )


def _error(folder: Path, zh: str, en: str) -> ManifestError:
    return ManifestError(Text(f"数据文件夹 {folder}：{zh}。", f"Data folder {folder}: {en}."))
