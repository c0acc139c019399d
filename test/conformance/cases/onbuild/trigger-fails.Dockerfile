FROM registry.test/base/busybox:1.35 AS base
ONBUILD RUN exit 9

FROM base
RUN true
