FROM registry.test/base/busybox:1.35@{busybox-digest}
RUN echo both > /how
