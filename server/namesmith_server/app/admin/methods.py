"""The methods of the AdminService: convert, ask the controller, convert back."""

from namesmith.v1 import admin_pb2 as pb
from namesmith_server.app.admin.messages import (
    checked_label,
    checked_model,
    checked_version,
    version_message,
    version_messages,
)
from namesmith_server.app.models import Controller


class AdminMethods:
    """The methods by their names in the service; a call waits in a thread for its change."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def reload(self, _message: pb.ReloadRequest) -> pb.ReloadResponse:
        """Look at the repository now."""
        return pb.ReloadResponse(versions=version_messages(self._controller.reload()))

    def load_model(self, message: pb.LoadModelRequest) -> pb.LoadModelResponse:
        """Serve a version, or the newest of a model."""
        model, version = checked_model(message.model), checked_version(message.version)
        return pb.LoadModelResponse(version=version_message(self._controller.load(model, version)))

    def unload_model(self, message: pb.UnloadModelRequest) -> pb.UnloadModelResponse:
        """Stop serving a version, or a whole model."""
        model, version = checked_model(message.model), checked_version(message.version)
        gone = self._controller.unload(model, version)
        return pb.UnloadModelResponse(versions=version_messages(gone))

    def set_label(self, message: pb.SetLabelRequest) -> pb.SetLabelResponse:
        """Give a label to a version, or take it away."""
        model, version = checked_model(message.model), checked_version(message.version)
        labels = self._controller.set_label(model, checked_label(message.label), version)
        return pb.SetLabelResponse(labels=labels)

    def list_versions(self, message: pb.ListVersionsRequest) -> pb.ListVersionsResponse:
        """List the versions of the repository and their states."""
        found = self._controller.list_versions(message.model)
        return pb.ListVersionsResponse(versions=version_messages(found))
