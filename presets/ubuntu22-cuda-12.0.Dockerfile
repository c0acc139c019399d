# The last point release of 12.0; devel, because a CUDA image without the compiler has little use.
ARG BASE=nvidia/cuda:12.0.1-devel-ubuntu22.04
FROM ${BASE}
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
RUN groupadd -g 1000 app \
 && useradd -m -u 1000 -g 1000 app
LABEL org.opencontainers.image.title="ubuntu22-cuda" \
      org.opencontainers.image.version="12.0" \
      org.opencontainers.image.base.name="nvidia/cuda:12.0.1-devel-ubuntu22.04"
USER 1000:1000
WORKDIR /workspace
CMD ["bash"]
