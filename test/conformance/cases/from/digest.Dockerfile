FROM registry.test/base/busybox@{busybox-digest}
RUN echo pinned > /how
