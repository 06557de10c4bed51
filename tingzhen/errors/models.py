"""Bundles, their training, the data for it, and versions in service."""

from tingzhen.errors.base import TingzhenError


class BundleError(TingzhenError):
    code = "bundle_invalid"


class ManifestError(TingzhenError):
    code = "manifest_invalid"


class TrainingError(TingzhenError):
    code = "training_failed"


class ModelUnknown(TingzhenError):
    code = "model_unknown"


class ModelStateInvalid(TingzhenError):
    code = "model_state_invalid"


class InferenceInvalid(TingzhenError):
    code = "inference_invalid"


class LabelUnknown(TingzhenError):
    code = "label_unknown"


class LabelsInvalid(TingzhenError):
    code = "labels_invalid"


class RunUnknown(TingzhenError):
    code = "run_unknown"
