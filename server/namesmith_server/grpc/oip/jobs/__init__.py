"""The jobs of a model, each of which is a model of the protocol: it has fixed tensors.

job.py        what a job is: inputs, outputs, a call of NameService
generate.py   NAME: names
score.py      NAME.score: log-probabilities of names
evaluate.py   NAME.evaluate: the loss of a split, or of names
"""

from namesmith_server.grpc.oip.jobs.evaluate import Evaluate
from namesmith_server.grpc.oip.jobs.generate import Generate
from namesmith_server.grpc.oip.jobs.job import Asked, Job
from namesmith_server.grpc.oip.jobs.score import Score

JOBS: tuple[Job, ...] = (Generate(), Score(), Evaluate())
"""Every job."""

__all__ = ["JOBS", "Asked", "Job"]
