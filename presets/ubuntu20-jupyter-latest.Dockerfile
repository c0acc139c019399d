ARG BASE=nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu20.04
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
# The last versions for Python 3.8.
RUN pip install pip==25.0.1 \
 && pip install jupyterlab==4.3.8 notebook==7.3.3 ipykernel==6.29.5
LABEL org.opencontainers.image.title="ubuntu20-jupyter" \
      org.opencontainers.image.base.name="nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu20.04"
USER 1000:1000
WORKDIR /workspace
EXPOSE 8888
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8888/api')"]
ENTRYPOINT ["tini", "--"]
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--ServerApp.root_dir=/workspace"]
