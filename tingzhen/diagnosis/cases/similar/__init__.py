"""Confirmed cases like the one at hand, each with why it is near."""

from tingzhen.diagnosis.cases.similar.index import SimilarCase, SimilarCases
from tingzhen.diagnosis.cases.similar.reasons import Reason, ReasonKind

__all__ = ["Reason", "ReasonKind", "SimilarCase", "SimilarCases"]
