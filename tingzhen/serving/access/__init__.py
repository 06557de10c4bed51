"""Who may do what: tokens and identities, roles, limits, and the log of who did what.

An endpoint stands in the table of `endpoints.py` with its action; the gate refuses what is not in
it. Where an endpoint works on objects of people it asks for `access: Granted`, which knows the
caller, whether an object is within reach (`access.admits(owner, workshop)`), and to whom a list is
limited (`access.only_owner`, `access.only_workshop`).
"""

from tingzhen.serving.access.caller import Access, Caller, Granted
from tingzhen.serving.access.roles import ACTIONS, ROLES, Reach

__all__ = ["ACTIONS", "ROLES", "Access", "Caller", "Granted", "Reach"]
