#!/bin/bash
# Deletes what the server and the client never open from an environment: image_prune.sh PREFIX
set -euo pipefail
find "$1/bin" -type f -delete # scripts of the dependencies
cd "$1"/lib/python3.11/site-packages

# Tests, stubs, headers, static libraries.
find . -depth -type d -name tests -exec rm -r {} +
find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.h' -o -name '*.a' \
  -o -path './numpy/_core/_*_tests.*' -o -path './numpy/_core/_simd.*' \) -delete

# ONNX Runtime's tools, and a second copy of its library, for programs in C.
rm -rf onnxruntime/{backend,datasets,quantization,tools,transformers} \
       onnxruntime/capi/libonnxruntime.so.*
rm -rf numpy/{distutils,f2py}
# torch's headers and test programs; and a file in the syntax of Python 3.12, which does not compile.
rm -rf torch/{include,share,test} torch/bin/{protoc,test_,*Test}* \
       torch/testing/_internal/py312_intrinsics.py
# rich colours source code with it; the client prints none.
rm -rf pygments

# Symbols for debuggers. What auditwheel rewrote, in *.libs, is left as it is, and torch too.
find . -type f -name '*.so*' ! -path './*.libs/*' ! -path './torch/*' \
  -exec strip --strip-unneeded {} +
