"""Models in service: versions, batching across jobs, shadow comparison, counts for drift."""

from tingzhen.serving.inference.agreement import Agreement, Share, SliceAgreement, agreements
from tingzhen.serving.inference.batching import BatchedSession, BatchRule
from tingzhen.serving.inference.counters import SCORE_EDGES, InferenceCounters, InferenceCounts
from tingzhen.serving.inference.in_service import ModelsInService
from tingzhen.serving.inference.loading import TASKS, LoadedModel, load_model
from tingzhen.serving.inference.registry import ModelRegistry
from tingzhen.serving.inference.shadow import ShadowRuns

__all__ = [
    "SCORE_EDGES",
    "TASKS",
    "Agreement",
    "BatchRule",
    "BatchedSession",
    "InferenceCounters",
    "InferenceCounts",
    "LoadedModel",
    "ModelRegistry",
    "ModelsInService",
    "ShadowRuns",
    "Share",
    "SliceAgreement",
    "agreements",
    "load_model",
]
