FROM registry.test/base/busybox:1.35
RUN --mount=type=cache,target=/x,sharing=sometimes true
