"""The retries of calls: after which failures, how many times and how soon a call is tried again."""

RETRIES = {
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
    ]
}
"""The service config of every channel, by which gRPC itself tries a failed call again."""
