"""The commands `train` and `evaluate`; the tasks are imported only when one of them runs."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tingzhen.errors import TingzhenError, TrainingError
from tingzhen.language import Text
from tingzhen.training.options import TrainOptions

Task = Literal["noise", "damage"]
MODULES: dict[Task, str] = {
    "noise": "tingzhen.training.noise.command",
    "damage": "tingzhen.training.damage.command",
}

EVALUATING: dict[Task, str] = MODULES | {"damage": "tingzhen.training.damage_measuring.command"}
RETRAINING = "tingzhen.training.noise_retraining.command"

TASK = typer.Argument(help="noise or damage.", metavar="noise|damage")
DATA = "Manifest of recordings or photographs (CSV); noise: or a folder TYPE/clips."
MORE = typer.Argument(help="Further manifests.", metavar="[MANIFEST]...", show_default=False)


def train(  # noqa: PLR0917 - typer calls it by name
    context: typer.Context,
    task: Annotated[Task, TASK],
    data: Annotated[list[Path], typer.Option(help=DATA)],
    out: Annotated[Path, typer.Option(help="Folder for the bundle, the log and checkpoints.")],
    more: Annotated[list[Path] | None, MORE] = None,
    weights: Annotated[
        Path | None,
        typer.Option(envvar="TINGZHEN_WEIGHTS", help="Weights of the backbone to start from."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Noise: folder of the bundle to train on from.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything that is drawn.")] = 0,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data.")] = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds of the cross-validation.")] = 5,
    version: Annotated[str, typer.Option(help="Version written into the bundle.")] = "1",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Forget checkpoints.")] = False,
    backbone: Annotated[
        str | None, typer.Option(help="Damage: lite0, lite1 or lite2.", show_default="lite0")
    ] = None,
    side_px: Annotated[
        int | None,
        typer.Option(
            "--side-px", help="Damage: side of the square that is seen.", show_default="384"
        ),
    ] = None,
    apart: Annotated[
        list[str] | None,
        typer.Option(help="Damage: source that one more network does not learn from, to score it."),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(help="Damage: cpu or cuda.", show_default="a GPU where there is one"),
    ] = None,
    only_fit: Annotated[
        bool,
        typer.Option(
            "--only-fit",
            help="Damage: learn the networks and stop; the same command without it goes on, on "
            "any machine.",
        ),
    ] = False,
) -> None:
    """Train a recogniser; started again with the same settings it goes on where it stopped."""
    options = TrainOptions(
        seed, weights, epochs, not restart, folds, version, threads, start,
        backbone, side_px, tuple(apart or ()), device, only_fit,
    )  # fmt: skip
    with _errors_for_people():
        if task != "damage":
            _check_damage_options(options)
        manifests = _manifests([*data, *(more or [])], task)
        if start is None:
            _load(task, f"train_{task}")(manifests, out, options)
            return
        # TINGZHEN_WEIGHTS may stand in the environment for other runs: only the option is refused.
        given = context.get_parameter_source("weights")
        _check_start(task, options, weights_given=given is not None and given.name == "COMMANDLINE")
        _load(task, "retrain_noise", RETRAINING)(manifests, out, replace(options, weights=None))


def evaluate(
    task: Annotated[Task, TASK],
    model: Annotated[Path, typer.Option(help="Folder of the model bundle.")],
    data: Annotated[Path, typer.Option(help="Manifest of recordings or photographs (CSV).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for evaluation.json and report.html.")
    ] = None,
) -> None:
    """Score a bundle on a manifest; says so when the bundle was trained on some of it."""
    with _errors_for_people():
        given = {} if out is None else {"out": out}
        run = _load(task, f"evaluate_{task}", EVALUATING[task])
        figures = run(model, _manifests([data], task)[0], **given)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import, only needed here
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=f"{task}: {model}")
    for column in ("figure", "value", "95 % interval", "n"):
        table.add_column(column, overflow="fold")
    for row in _rows(figures):
        table.add_row(*row)
    Console().print(table)


def _rows(figures: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Rows for a table: one for each figure, nested names joined with a dot. Lists, such as the
    points of a curve, are for --json."""
    for name, value in figures.items():
        if isinstance(value, dict) and {"value", "low", "high", "n"} <= value.keys():
            bounds = f"{_number(value['low'])} to {_number(value['high'])}"
            yield prefix + name, _number(value["value"]), bounds, str(value["n"])
        elif isinstance(value, dict):
            yield from _rows(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield prefix + name, _number(value), "", ""


def _number(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "-" if value is None else str(value)


def _check_damage_options(options: TrainOptions) -> None:
    given = {
        "--backbone": options.backbone, "--side-px": options.side_px, "--apart": options.apart,
        "--device": options.device, "--only-fit": options.only_fit,
    }  # fmt: skip
    for name, value in given.items():
        if value:
            raise TrainingError(Text(f"{name} 只用于 damage。", f"{name} is for damage alone."))


def _check_start(task: Task, options: TrainOptions, *, weights_given: bool) -> None:
    if task != "noise":
        raise TrainingError(
            Text("--start 只用于 noise。", "--start is for noise alone.")
        )  # fmt: skip
    if weights_given:
        raise TrainingError(
            Text("--weights 与 --start 不能同时使用：主干网络取自 --start 的模型包。",
                 "--weights and --start exclude each other: the trunk is taken from the bundle "
                 "that --start names.")
        )  # fmt: skip
    if options.epochs is not None:
        raise TrainingError(
            Text("--epochs 与 --start 不能同时使用：继续训练没有轮数。",
                 "--epochs and --start exclude each other: retraining has no passes to count.")
        )  # fmt: skip


def _manifests(paths: Sequence[Path], task: Task) -> list[Path]:
    for path in paths:
        if not path.is_file() and not (task == "noise" and path.is_dir()):
            raise TrainingError(
                Text(f"找不到数据清单 {path}。", f"There is no manifest at {path}.")
            )
    return list(paths)


def _load(task: Task, function: str, module_name: str | None = None) -> Any:
    try:
        module = import_module(module_name or MODULES[task])
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("tingzhen"):
            raise
        raise TrainingError(
            Text(f"缺少训练所需的 {error.name}。请安装：pip install 'tingzhen[train]'",
                 f"{error.name} is needed for training. Install it: pip install 'tingzhen[train]'")
        ) from error  # fmt: skip
    return getattr(module, function)


@contextmanager
def _errors_for_people() -> Iterator[None]:
    """A typed error ends as its text in both languages and exit status 1, not as a traceback."""
    try:
        yield
    except TingzhenError as error:
        print(f"{error.code}: {error.text.en}\n{error.text.zh}", file=sys.stderr)
        raise typer.Exit(1) from error
