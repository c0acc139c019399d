FROM registry.test/base/busybox:1.35
RUN true

INSTALL everything
