"""The service config: which server a call goes to, and after which failures it is tried again."""

SERVICE_CONFIG = {
    # Calls go to every server that the address stands for in turn, not to the first alone: a server
    # that drains or went away costs its share of the calls another try, and no connection time.
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            # These calls only read, so that another try is safe. Health's Check is left out: its
            # caller asks for the state of this moment. Calls of the AdminService change the server.
            "name": [
                {"service": "namesmith.v1.NameService"},
                {"service": "namesmith.v1.ModelService"},
                {"service": "grpc.health.v1.Health", "method": "Watch"},
            ],
            # Five tries are the most that gRPC makes. The waits between them, of 0.1, 0.4, 1.6 and
            # 3 seconds, each a fifth more or less, outlast the restart of a server.
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "3s",
                "backoffMultiplier": 4,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
"""The service config of every channel, by which gRPC itself tries a failed call again."""
