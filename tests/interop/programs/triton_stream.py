"""Triton's client on a stream: several responses of a request, and an error among them."""

import queue
import sys

import numpy as np
import tritonclient.grpc as grpcclient

COUNT = 20_000

answers: "queue.Queue[tuple[grpcclient.InferResult, Exception]]" = queue.Queue()
count = grpcclient.InferInput("count", [1], "INT32")
count.set_data_from_numpy(np.array([COUNT], np.int32))

with grpcclient.InferenceServerClient(sys.argv[1]) as client:
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    client.async_stream_infer("us-names", [count], request_id="a", enable_empty_final_response=True)
    client.async_stream_infer("none", [count], request_id="b")
    names = 0
    is_last = False
    while not is_last:
        result, error = answers.get(timeout=60)
        assert error is None
        names += len(result.as_numpy("names"))
        is_last = result.get_response().parameters["triton_final_response"].bool_param
    assert names == COUNT
    result, error = answers.get(timeout=60)
    assert "model 'none' is unknown" in str(error)
    client.stop_stream()
