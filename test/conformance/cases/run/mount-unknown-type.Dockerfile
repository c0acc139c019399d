FROM registry.test/base/busybox:1.35
RUN --mount=type=wish,target=/x true
