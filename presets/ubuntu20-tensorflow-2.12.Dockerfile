ARG BASE=nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu20.04
FROM ${BASE}
ENV DEBIAN_FRONTEND=noninteractive \
    LANG=C.UTF-8 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
# Python 3.9: with 3.8 one dependency has no wheel and is built from source.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3.9 python3.9-venv tini \
 && rm -rf /var/lib/apt/lists/* \
 && python3.9 -m venv /opt/venv \
 && groupadd -g 1000 app \
 && useradd -m -u 1000 -g 1000 app
ENV PATH=/opt/venv/bin:$PATH
RUN pip install pip==25.0.1 \
 && pip install tensorflow==2.12.1
LABEL org.opencontainers.image.title="ubuntu20-tensorflow" \
      org.opencontainers.image.version="2.12" \
      org.opencontainers.image.base.name="nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu20.04"
USER 1000:1000
WORKDIR /workspace
ENTRYPOINT ["tini", "--"]
CMD ["python"]
