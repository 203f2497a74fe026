"""The part of an admission that a call holds, from the moment when its weight is known."""

from namesmith_server.engine import Admission, Permit
from namesmith_server.grpc.call_record import holder
from namesmith_server.grpc.cancellation import Context


class Hold:
    """A part of an admission; a call that never begins to hold it pays nothing."""

    __slots__ = ("_admission", "_context", "_permit")

    def __init__(self, admission: Admission, context: Context) -> None:
        self._admission = admission
        self._context = context
        self._permit: Permit | None = None

    def begin(self, weight: int) -> None:
        """Hold a weight; raise OverloadedError where there is no room for it."""
        permit = self._admission.admit(weight, holder(self._context))
        permit.__enter__()
        self._permit = permit

    def end(self) -> None:
        """Give back the weight that is held, if any."""
        if self._permit is not None:
            self._permit.__exit__()
            self._permit = None
