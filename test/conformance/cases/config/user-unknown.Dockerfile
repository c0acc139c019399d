FROM registry.test/base/busybox:1.35
USER nobody-of-that-name
RUN true
