# The server, its embedded model and the client's command line: no shell, no package manager.
#
#   --build-arg EXTRAS=server,torch   adds the TorchScript backend
#   --build-arg EXTRAS=cuda --target cuda    adds it, and computes on an NVIDIA GPU
#   --build-arg EXTRAS=server,web --target web    adds the front over HTTP, and serves the page
#   --build-arg EXTRAS=server,otel    adds traces and metrics by OTLP
#   --build-arg BASE=...              another Debian bookworm, a mirror's for instance
#   --build-arg SOURCE=...            URL of the source, for the image's label

ARG BASE=debian:bookworm-slim


FROM ${BASE} AS tools
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# hadolint ignore=DL3008,DL3009
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils gcc libc6-dev libpython3.11-dev python3.11-venv \
 && python3.11 -m venv /tools \
 && python3.11 -m venv --without-pip /opt/namesmith \
 && rm /opt/namesmith/bin/[aA]ctivate*
# pip lives in /tools and installs into /opt/namesmith.
ENV PIP_PYTHON=/opt/namesmith/bin/python \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_COMPILE=1
WORKDIR /source


# Debian's Python and the libraries that it loads: the image's only packages of Debian.
FROM tools AS system
COPY scripts/image_system.sh ./
RUN bash image_system.sh /system \
      base-files libbz2-1.0 libc6 libexpat1 libffi8 libgcc-s1 liblzma5 libpython3.11-minimal \
      libpython3.11-stdlib libssl3 libstdc++6 libuuid1 python3.11-minimal zlib1g \
 && python3.11 -m compileall -q --invalidation-mode unchecked-hash /system/usr/lib/python3.11


# A layer without the source, so that a change of the source reuses it.
FROM tools AS dependencies
ARG EXTRAS=server
COPY pyproject.toml scripts/requirements.py scripts/image_prune.sh ./
COPY client/pyproject.toml client/
RUN python3.11 requirements.py "${EXTRAS}" > requirements.txt \
 && /tools/bin/pip install -r requirements.txt \
 && bash image_prune.sh /opt/namesmith \
 && python3.11 -m compileall -q --invalidation-mode unchecked-hash /opt/namesmith/lib


FROM tools AS package
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY proto proto
COPY client client
COPY server server
COPY trainer trainer
COPY web web
# The trainer is removed: the image lacks its dependencies.
RUN /tools/bin/pip install --no-deps ./client . \
 && rm -r /opt/namesmith/lib/python3.11/site-packages/namesmith_trainer \
          /opt/namesmith/bin/namesmith-trainer \
 && python3.11 -m compileall -q --invalidation-mode unchecked-hash /opt/namesmith/lib


# What the image is made of, for scanners.
FROM tools AS materials
COPY scripts/sbom.py ./
COPY --from=system /system/var/lib/dpkg/status.d status.d
COPY --from=dependencies /opt/namesmith/lib/python3.11/site-packages site-packages
COPY --from=package /opt/namesmith/lib/python3.11/site-packages site-packages
RUN python3.11 sbom.py site-packages status.d > namesmith.cdx.json


FROM scratch AS runtime
COPY --from=system /system /
COPY --from=dependencies /opt/namesmith /opt/namesmith
COPY --from=package /opt/namesmith /opt/namesmith
COPY --from=materials /source/namesmith.cdx.json /usr/share/sbom/namesmith.cdx.json
# The server listens on NAMESMITH_ADDRESS; the client, and so the health check, calls it, past any
# proxy. ONNX Runtime's builds send usage events to their maker unless the variable forbids it.
ENV no_grpc_proxy=0.0.0.0,127.0.0.1,localhost \
    ORT_DISABLE_TELEMETRY=1 \
    PATH=/opt/namesmith/bin:/usr/bin \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    NAMESMITH_ADDRESS=0.0.0.0:50051
USER 65532:65532
STOPSIGNAL SIGTERM
ARG BASE
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="namesmith" \
      org.opencontainers.image.description="A character-level model of names, served over gRPC" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="${BASE}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.version="${VERSION}" \
      namesmith.sbom="/usr/share/sbom/namesmith.cdx.json"


# The page and the services over HTTP, with a server beside the front.
FROM runtime AS web
ENV NAMESMITH_WEB_ADDRESS=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz')"]
ENTRYPOINT ["namesmith-web", "--with-server"]


# The server on an NVIDIA GPU, whose driver the container's runtime mounts.
FROM runtime AS cuda
ENV NAMESMITH_DEVICE=cuda \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
EXPOSE 50051
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["namesmith", "health", "--timeout", "4"]
ENTRYPOINT ["namesmith-server"]


FROM runtime
EXPOSE 50051
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["namesmith", "health", "--timeout", "4"]
ENTRYPOINT ["namesmith-server"]
