"""The service config: which server a call goes to, and after which failures it is tried again."""

from typing import Any

from namesmith_client._retry import Retry


def service_config(retry: Retry | None, *, has_health_checks: bool) -> dict[str, Any]:
    """Return the service config of a channel, by which gRPC itself tries a failed call again.

    Args:
        retry: the rules of other tries; None: none.
        has_health_checks: whether calls go to the servers alone that say of themselves that they
            serve.
    """
    # Calls go to every server that the address stands for in turn, not to the first alone: a server
    # that drains or went away costs its share of the calls another try, and no connection time.
    config: dict[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if has_health_checks:
        config["healthCheckConfig"] = {"serviceName": ""}
    if retry is not None:
        config["methodConfig"] = [_retried_methods(retry)]
    return config


def _retried_methods(retry: Retry) -> dict[str, Any]:
    return {
        # These calls only read, so that another try is safe. Health's Check is left out: its
        # caller asks for the state of this moment. Calls of the AdminService change the server.
        "name": [
            {"service": "namesmith.v1.NameService"},
            {"service": "namesmith.v1.ModelService"},
            {"service": "grpc.health.v1.Health", "method": "Watch"},
        ],
        # The waits of the default, of 0.1, 0.4, 1.6 and 3 seconds, outlast the restart of a server.
        "retryPolicy": {
            "maxAttempts": retry.attempts,
            "initialBackoff": f"{retry.first_backoff:.9f}s",
            "maxBackoff": f"{retry.most_backoff:.9f}s",
            "backoffMultiplier": retry.multiplier,
            "retryableStatusCodes": ["UNAVAILABLE"],
        },
    }
