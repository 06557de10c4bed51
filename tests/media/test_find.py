"""Which paths are analysed, and in which order."""

from pathlib import Path

from tingzhen.media import Source, find_media


def names(sources: list[Source]) -> list[str]:
    return [source.path.name for source in sources]


def test_a_folder_gives_its_media_by_name_and_leaves_the_rest(tmp_path: Path) -> None:
    for name in ("b.MP4", "a.wav", "notes.txt", ".hidden.mp4"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "no-suffix").write_bytes(b"OggS" + bytes(40))
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.jpg").write_bytes(b"x")
    found = list(find_media([tmp_path]))
    assert names(found) == ["a.wav", "b.MP4", "no-suffix", "c.jpg"]
    assert all(source.error is None for source in found)


def test_paths_keep_their_order_and_a_file_is_never_left_out(tmp_path: Path) -> None:
    (tmp_path / "z.txt").write_bytes(b"x")
    given = [tmp_path / "missing.mp4", tmp_path / "z.txt"]
    assert [source.path for source in find_media(given)] == given


def test_a_folder_without_media_is_said_so(tmp_path: Path) -> None:
    (source,) = find_media([tmp_path])
    assert source.error is not None
    assert source.error.code == "no_media"


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.wav").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(list(find_media([tmp_path]))) == ["a.wav"]
    assert names(list(find_media([tmp_path / "link"]))) == ["link"]
