"""The recognisers that this process works with, changed while it works.

Another version is opened, tried out and warm before it takes the place of the one before, at one
stroke: a job asks once for the recognisers and goes on with them to its end, so none is lost and
none mixes two versions. Which version is active stands in the records; every process looks there
every TINGZHEN_MODELS_CHECK_S.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Engine

from tingzhen.audio import NoiseRecogniser
from tingzhen.errors import ModelUnknown, TingzhenError
from tingzhen.language import Text
from tingzhen.serving.files import FileStore
from tingzhen.serving.inference.counters import InferenceCounters
from tingzhen.serving.inference.loading import TASKS, LoadedModel, load_model
from tingzhen.serving.inference.registry import ModelRegistry
from tingzhen.serving.logs import log
from tingzhen.serving.pipeline import Recognisers
from tingzhen.serving.records import ModelVersion, RecogniserTask
from tingzhen.serving.settings import Settings
from tingzhen.vision import DamageRecogniser

_Models = Mapping[RecogniserTask, LoadedModel]


@dataclass(frozen=True, slots=True)
class _InService:
    """What serves at one moment; replaced as a whole."""

    active: _Models = field(default_factory=lambda: MappingProxyType({}))
    shadow: _Models = field(default_factory=lambda: MappingProxyType({}))


class ModelsInService:
    """Active and shadow models of one process; safe to use from several threads."""

    def __init__(self, settings: Settings, records: Engine, files: FileStore) -> None:
        self.registry = ModelRegistry(records, files, settings)
        self.counters = InferenceCounters()
        self._settings = settings
        self._now = _InService()
        self._tried: dict[RecogniserTask, LoadedModel] = {}
        self._refreshing = threading.Lock()
        self._stop = threading.Event()
        self._watch: threading.Thread | None = None

    def start(self) -> Recognisers:
        """Load what is active and begin to follow changes.

        Raises BundleError when a bundle that the settings name or that is active cannot be used,
        RecordsUnavailable, FilesUnavailable.
        """
        folders: dict[RecogniserTask, Path] = {
            "noise": self._settings.noise_model,
            "damage": self._settings.damage_model,
        }
        for task, folder in folders.items():
            tried = self.registry.adopt(task, folder, self.counters)
            if tried is not None:
                self._tried[task] = tried
        self.refresh()
        self._tried.clear()
        self._watch = threading.Thread(target=self._follow, name="models", daemon=True)
        self._watch.start()
        return self.recognisers()

    def close(self) -> None:
        """Follow no further changes. What was handed out can still be used."""
        self._stop.set()
        if self._watch is not None:
            self._watch.join()

    def recognisers(self) -> Recognisers:
        """The active ones. Ask once for each job and keep them to its end."""
        active = self._now.active
        noise, damage = active["noise"].recogniser, active["damage"].recogniser
        assert isinstance(noise, NoiseRecogniser)  # noqa: S101 - load_model made it by its task
        assert isinstance(damage, DamageRecogniser)  # noqa: S101 - the same
        return Recognisers(noise=noise, damage=damage)

    def active(self) -> _Models:
        """Empty before `start`."""
        return self._now.active

    def shadow(self) -> _Models:
        """Of the tasks that have one."""
        return self._now.shadow

    def serving(self, task: RecogniserTask, version: str | None = None) -> LoadedModel:
        """The active model of a task, or that version where it is active or in the shadow.

        Raises ModelUnknown when this process does not serve it.
        """
        now = self._now
        for models in (now.active, now.shadow):
            model = models.get(task)
            if model is not None and version in (None, model.info.version):
                return model
        raise ModelUnknown(
            Text(f"{task} 模型 {version} 未在服务中。请先启用它。",
                 f"The {task} model {version} is not in service. Activate it first.")
        )  # fmt: skip

    def refresh(self) -> bool:
        """Take up what the records say now; True when that changed something.

        Raises TingzhenError when a model cannot be loaded; the others are taken up all the same,
        and in its place serves what did before.
        """
        with self._refreshing:
            before = self._now
            wanted = self.registry.versions("active", "shadow")
            failures: list[TingzhenError] = []
            now: dict[str, dict[RecogniserTask, LoadedModel]] = {"active": {}, "shadow": {}}
            for version in wanted:
                try:
                    now[version.state][version.task] = self._loaded(version, before)
                except TingzhenError as error:
                    self.counters.load_failed(version.task)
                    failures.append(error)
            for task in TASKS:
                if task not in now["active"] and task in before.active:
                    now["active"][task] = before.active[task]
            self._now = _InService(MappingProxyType(now["active"]), MappingProxyType(now["shadow"]))
            if failures:
                raise failures[0]
            return _names(before) != _names(self._now)

    def _loaded(self, version: ModelVersion, before: _InService) -> LoadedModel:
        for models in (before.active, before.shadow):
            model = models.get(version.task)
            if model is not None and model.info.sha256 == version.sha256:
                return model
        model = self._tried.get(version.task)
        if model is None or model.info.sha256 != version.sha256:
            model = load_model(
                self.registry.network(version), version.task, f"{version.task} {version.version}",
                self._settings, counters=self.counters, version=version.version,
            )  # fmt: skip
        self.counters.loaded(version.task, version.version)
        facts = {"task": version.task, "model_version": version.version, "state": version.state}
        log.info("model in service", extra={**facts, "provider": model.provider})
        return model

    def _follow(self) -> None:
        """Look again and again; what goes wrong is said once, and tried again the next time."""
        said = ""
        while not self._stop.wait(self._settings.models_check_s):
            try:
                self.refresh()
                said = ""
            except TingzhenError as error:
                if str(error) != said:
                    said = str(error)
                    log.error("models not followed", extra={"code": error.code, "why": said})
            except Exception as error:  # noqa: BLE001 - a defect must not end the following
                log.error("models not followed", exc_info=error)


def _names(now: _InService) -> list[tuple[str, str]]:
    return [
        (state, f"{task} {model.info.version} {model.info.sha256}")
        for state, models in (("active", now.active), ("shadow", now.shadow))
        for task, model in sorted(models.items())
    ]
