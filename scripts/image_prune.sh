#!/bin/bash
# Deletes files that server and client never open from a virtual environment: image_prune.sh PREFIX
set -euo pipefail
find "$1/bin" -type f -delete # programs of the dependencies
cd "$1"/lib/python3.11/site-packages

# Tests, stubs, headers, static libraries.
find . -depth -type d -name tests -exec rm -r {} +
find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.h' -o -name '*.a' \
  -o -path './numpy/_core/_*_tests.*' -o -path './numpy/_core/_simd.*' \) -delete

# ONNX Runtime's tools, and a second copy of its library, for programs in C.
rm -rf onnxruntime/{backend,datasets,quantization,tools,transformers} \
       onnxruntime/capi/libonnxruntime.so.*
rm -rf numpy/{distutils,f2py}
# torch's headers and test programs, and a file in Python 3.12's syntax, which 3.11 cannot compile.
rm -rf torch/{include,share,test} torch/bin/{protoc,test_,*Test}* \
       torch/testing/_internal/py312_intrinsics.py
# rich needs pygments to colour source code, which the client never prints.
rm -rf pygments

# Symbols for debuggers, except in torch and the libraries of CUDA, and in *.libs, whose files
# auditwheel has rewritten.
find . -type f -name '*.so*' ! -path './*.libs/*' ! -path './torch/*' ! -path './nvidia/*' \
  ! -path './triton/*' \
  -exec strip --strip-unneeded {} +
