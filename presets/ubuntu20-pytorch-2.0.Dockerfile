ARG BASE=nvidia/cuda:11.8.0-base-ubuntu20.04
FROM ${BASE}
ENV DEBIAN_FRONTEND=noninteractive \
    LANG=C.UTF-8 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates python3 python3-pip python3-venv tini \
 && rm -rf /var/lib/apt/lists/* \
 && python3 -m venv /opt/venv \
 && groupadd -g 1000 app \
 && useradd -m -u 1000 -g 1000 app
ENV PATH=/opt/venv/bin:$PATH
# The index's cu118 wheels carry machine code up to sm_90; the wheel of the same version on PyPI is CUDA 11.7 without it.
RUN pip install pip==25.0.1 \
 && pip install --index-url https://download.pytorch.org/whl/cu118 \
      torch==2.0.1+cu118 torchvision==0.15.2+cu118 torchaudio==2.0.2+cu118 \
 && pip install numpy==1.24.4
LABEL org.opencontainers.image.title="ubuntu20-pytorch" \
      org.opencontainers.image.version="2.0" \
      org.opencontainers.image.base.name="nvidia/cuda:11.8.0-base-ubuntu20.04"
USER 1000:1000
WORKDIR /workspace
ENTRYPOINT ["tini", "--"]
CMD ["python"]
