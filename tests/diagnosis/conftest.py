import pytest

from tingzhen.diagnosis import KnowledgeBase, load_knowledge


@pytest.fixture(scope="session")
def knowledge() -> KnowledgeBase:
    """The shipped knowledge base."""
    return load_knowledge()
