FROM registry.test/base/busybox:1.35 AS part
RUN echo one > /one

FROM registry.test/base/busybox:1.35 AS part
RUN echo two > /two

FROM scratch
COPY --from=part / /
