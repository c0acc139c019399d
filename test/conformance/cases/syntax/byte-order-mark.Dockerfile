FROM registry.test/base/busybox:1.35
RUN echo after a byte order mark > /bom
