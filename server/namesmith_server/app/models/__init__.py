"""The models of a running server: which versions are served, and how that changes.

    plan            the versions and labels of each model that are to be served
    planner         from the repository, the policy, labels, orders and faults to the plan
    labels          names of versions, in a file of the repository
    refusals        versions that have a fault, until their files change or an operator asks
    participant     a process that serves a plan, as the controller sees it
    local_participant   the process of the controller itself
    together        preparation on every participant
    rollout         a change, made by every process or by none
    start_check     whether a server may start with the first plan
    asked_version   the version that an operator asks for
    controller      the changes that operators ask for, one at a time
    watcher         the looks at the repository
    manager         the versions of one process: loaded, committed, let go
    version_state   the state of a version, as operators are told

One controller decides for all processes of a server: it plans, has every process prepare the plan
(load and warm up what is new), drops the versions that a process refuses, and then has every
process commit, between two calls.
"""

from namesmith_server.app.models.controller import Controller
from namesmith_server.app.models.labels import LABEL, Labels
from namesmith_server.app.models.local_participant import LocalParticipant
from namesmith_server.app.models.manager import Lead, ModelManager
from namesmith_server.app.models.participant import Faults, Participant
from namesmith_server.app.models.plan import ModelPlan, Plan, Version, invalid_models, versions_of
from namesmith_server.app.models.planner import Orders
from namesmith_server.app.models.rollout import OnChange
from namesmith_server.app.models.version_state import State, VersionState
from namesmith_server.app.models.watcher import Watcher

__all__ = [
    "LABEL",
    "Controller",
    "Faults",
    "Labels",
    "Lead",
    "LocalParticipant",
    "ModelManager",
    "ModelPlan",
    "OnChange",
    "Orders",
    "Participant",
    "Plan",
    "State",
    "Version",
    "VersionState",
    "Watcher",
    "invalid_models",
    "versions_of",
]
