"""The models of a running server: which versions are served, and how that changes.

    plan          the versions and labels of each model that are to be served
    participant   a process that serves a plan, as the controller sees it

One controller decides for all processes of a server: it plans, has every process prepare the plan
(load and warm up what is new), drops the versions that a process refuses, and then has every
process commit, between two calls.
"""

from namesmith_server.app.models.participant import Faults, Participant
from namesmith_server.app.models.plan import ModelPlan, Plan

__all__ = ["Faults", "ModelPlan", "Participant", "Plan"]
