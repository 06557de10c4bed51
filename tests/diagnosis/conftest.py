import pytest

from tests.diagnosis.examples import shipped
from tingzhen.diagnosis import KnowledgeBase


@pytest.fixture(scope="session")
def knowledge() -> KnowledgeBase:
    """The shipped knowledge base."""
    return shipped()
