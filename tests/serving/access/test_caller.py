"""How far a caller reaches, and whose what they make is."""

import pytest

from tingzhen.errors import NotAllowed
from tingzhen.serving.access import ACTIONS, ROLES, Access, Caller

OWNER = Caller("o1", "owner")
TECHNICIAN = Caller("t1", "technician", "w1")


def test_reach_decides_by_owner_or_by_workshop() -> None:
    own = OWNER.grant("clips.read")
    assert own.admits("o1", None)
    assert own.admits("o1", "w1")
    assert not own.admits("o2", None)
    of_workshop = TECHNICIAN.grant("clips.read")
    assert of_workshop.admits("o1", "w1")
    assert not of_workshop.admits("t1", "w2")
    assert not of_workshop.admits("t1", None)
    assert Caller("a", "admin").grant("clips.read").admits(None, None)


def test_no_workshop_is_no_common_workshop() -> None:
    nowhere = Access(Caller("t9", "technician"), "clips.read", "workshop")
    assert not nowhere.admits("o1", None)
    for asked in (lambda: nowhere.only_workshop, lambda: nowhere.workshop_of_new(None)):
        with pytest.raises(NotAllowed):
            asked()


def test_lists_are_limited_as_reach_is() -> None:
    own, of_workshop = OWNER.grant("clips.read"), TECHNICIAN.grant("clips.read")
    assert (own.only_owner, own.only_workshop) == ("o1", None)
    assert (of_workshop.only_owner, of_workshop.only_workshop) == (None, "w1")
    everything = Caller("a", "admin").grant("clips.read")
    assert (everything.only_owner, everything.only_workshop) == (None, None)


@pytest.mark.parametrize("action", ["clips.create", "uploads.use"])
def test_what_a_technician_sends_is_the_workshops(action: str) -> None:
    access = TECHNICIAN.grant(action)
    assert access.workshop_of_new(None) == "w1"
    assert access.workshop_of_new("w1") == "w1"
    with pytest.raises(NotAllowed):
        access.workshop_of_new("w2")


def test_an_owner_may_let_a_workshop_see_it() -> None:
    assert OWNER.grant("clips.create").workshop_of_new("w1") == "w1"
    assert OWNER.grant("clips.create").workshop_of_new(None) is None


def test_what_a_role_lacks_no_scope_gives() -> None:
    wide = Caller("o1", "owner", scopes=frozenset({"models.change", "clips.*"}))
    wide.grant("clips.read")
    with pytest.raises(NotAllowed):
        wide.grant("models.change")


def test_the_admin_may_do_everything_and_every_action_belongs_to_somebody() -> None:
    for name, action in ACTIONS.items():
        assert action.admin == "all", name
        assert {action.reach(role) for role in ROLES} != {None}


def test_a_subject_that_is_no_key_stands_in_histories_under_a_pseudonym() -> None:
    assert Caller("t017", "admin").key == "t017"
    foreign = Caller("auth0|Zhang San", "admin").key
    assert foreign.startswith("u")
    assert "Zhang" not in foreign
    assert foreign == Caller("auth0|Zhang San", "owner").key
