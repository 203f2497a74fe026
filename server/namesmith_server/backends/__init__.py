"""What computes P(next symbol | context): a table, ONNX Runtime or TorchScript."""
