FROM registry.test/base/busybox:1.35
RUN echo there is no line end after this > /last