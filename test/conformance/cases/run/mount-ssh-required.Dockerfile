FROM registry.test/base/busybox:1.35
RUN --mount=type=ssh,required=true true
