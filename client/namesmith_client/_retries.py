"""The retries of calls: after which failures, how many times and how soon a call is tried again."""

RETRIES = {
    "methodConfig": [
        {
            # Every call only reads, so that another try is safe. Health's Check is left out: its
            # caller asks for the state of this moment.
            "name": [
                {"service": "namesmith.v1.NameService"},
                {"service": "namesmith.v1.ModelService"},
                {"service": "grpc.health.v1.Health", "method": "Watch"},
            ],
            # The waits of 0.1, 0.3, 0.9 and 2 seconds last longer than the restart of a server.
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 3,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
"""The service config of every channel, by which gRPC itself tries a failed call again."""
