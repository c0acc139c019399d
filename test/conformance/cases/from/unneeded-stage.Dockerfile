FROM registry.test/base/busybox:1.35 AS broken
RUN echo this stage is never needed && exit 1

FROM registry.test/base/busybox:1.35
RUN echo fine > /fine
