"""`tingzhen diagnose`: every path gets a report or an error object, in the order of the paths."""

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tingzhen.diagnosis import Circumstances
from tingzhen.errors import InternalError, SettingsError, TingzhenError
from tingzhen.language import Language, Text
from tingzhen.media import find_media
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.context import read_context
from tingzhen.serving.file_names import heat_name, page_name
from tingzhen.serving.pipeline import Parts, analyse, start_loading
from tingzhen.serving.report.build import INTERNAL, build_error, build_report, printable
from tingzhen.serving.report.page_pictures import frame_at
from tingzhen.serving.report.phrases import phrase
from tingzhen.serving.settings import Settings, default_language
from tingzhen.serving.terminal.blocks import visible
from tingzhen.serving.terminal.report import print_error, print_report
from tingzhen.vision import draw_heat, encode_jpeg


def diagnose_paths(
    paths: Sequence[Path],
    *,
    settings: Settings,
    language: Language | None = None,
    context: Path | None = None,
    html: Path | None = None,
    heatmap: Path | None = None,
    as_json: bool = False,
) -> bool:
    """Report on each path and on each clip of each folder; True when all have a report.

    heatmap: folder for one picture of each damage found. Raises ContextError for a context file,
    and SettingsError for a folder, that cannot be used: nothing is analysed then.
    """
    speak = language or default_language(settings)
    circumstances = Circumstances() if context is None else read_context(context)
    for folder in (html, heatmap):
        if folder is not None:
            _make_folder(folder)
    parts = start_loading(settings)
    printer = _Printer(speak, as_json, html, heatmap)
    complete = True
    for source in find_media(paths):
        if source.error is not None:
            printer.error(_label(source.path), source.error)
            complete = False
        else:
            complete &= _diagnose_one(source.path, parts, circumstances, settings, printer)
    return complete


def _diagnose_one(
    path: Path,
    parts: Parts,
    circumstances: Circumstances,
    settings: Settings,
    printer: "_Printer",
) -> bool:
    error: TingzhenError
    try:
        analysis = analyse(
            path,
            recognisers=parts.recognisers,
            knowledge=parts.knowledge,
            rules=parts.rules,
            frequencies=parts.frequencies,
            circumstances=circumstances,
            limits=settings.limits(),
        )
        shown = printer.prepare(analysis)
    except TingzhenError as found:
        error = found
    except Exception as defect:  # noqa: BLE001 - the last resort: other paths still get theirs
        last = traceback.extract_tb(defect.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        printer.note(f"internal_error: {type(defect).__name__}: {defect} ({where})")
        error = InternalError(INTERNAL)
    else:
        printer.write(shown)
        return True
    printer.error(_label(path), error)
    return False


def _label(path: Path) -> str:
    return path.name or str(path)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            Text(f"无法创建报告文件夹：{folder}。", f"The page folder cannot be made: {folder}.")
        ) from error


class _Printer:
    """Reports to stdout (JSON lines or text), pages and heatmaps to their folders, the rest to
    stderr."""

    def __init__(
        self, language: Language, as_json: bool, html: Path | None, heatmap: Path | None
    ) -> None:
        self._language = language
        self._as_json = as_json
        self._html = html
        self._heatmap = heatmap
        self._pages: set[str] = set()
        self._out = Console(highlight=False, soft_wrap=False)
        self._notes = Console(stderr=True, highlight=False, soft_wrap=True)

    def prepare(self, analysis: Analysis) -> str:
        """What to print for a clip; its page and heatmaps are written now.

        Raises SettingsError if they cannot.
        """
        name = page_name(printable(analysis.clip.name), self._pages)
        self._pages.add(name.casefold())
        written = []
        if self._html is not None:
            written.append(self._write_page(self._html / name, analysis))
        if self._heatmap is not None:
            written += self._write_heatmaps(self._heatmap, name, analysis)
        for path in written:
            self.note(f"{phrase('written', self._language)} {path}")
        if self._as_json:
            return build_report(analysis, self._language).to_json() + "\n"
        with self._out.capture() as captured:
            print_report(self._out, analysis, self._language)
        return captured.get()

    def error(self, name: str, error: TingzhenError) -> None:
        shown = build_error(name, error, self._language)
        if self._as_json:
            self.write(shown.to_json() + "\n")
            return
        with self._out.capture() as captured:
            print_error(self._out, shown, self._language)
        self.write(captured.get())

    def write(self, text: str) -> None:
        if self._as_json:  # JSON is UTF-8 whatever the locale says
            sys.stdout.buffer.write(text.encode())
        else:
            sys.stdout.write(text)
        sys.stdout.flush()

    def note(self, words: str) -> None:
        self._notes.print(visible(words), markup=False)

    def _write_page(self, page: Path, analysis: Analysis) -> Path:
        from tingzhen.serving.report.page import render_page  # noqa: PLC0415 - templates, slow

        return _written(page, render_page(analysis, self._language).encode())

    def _write_heatmaps(self, folder: Path, page: str, analysis: Analysis) -> list[Path]:
        """One picture of each finding, numbered as in the report."""
        frames = analysis.clip.frames
        return [
            _written(
                folder / heat_name(page, number, finding.type),
                encode_jpeg(draw_heat(frames[frame_at(frames, finding.time_s)].rgb, finding)),
            )
            for number, finding in enumerate(analysis.damage.findings, start=1)
            if finding.heat is not None
        ]


def _written(path: Path, content: bytes) -> Path:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise SettingsError(
            Text(f"无法写入报告：{path}（{error.strerror}）。",
                 f"The page cannot be written: {path} ({error.strerror}).")
        ) from error  # fmt: skip
    return path
