FROM registry.test/base/busybox:1.35
RUN echo zero > /which

FROM registry.test/base/busybox:1.35
RUN echo one > /which

FROM registry.test/base/busybox:1.35
RUN exit 2
