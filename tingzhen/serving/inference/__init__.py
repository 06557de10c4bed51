"""Models in service: batching across jobs."""

from tingzhen.serving.inference.batching import BatchedSession, BatchRule

__all__ = ["BatchRule", "BatchedSession"]
