FROM registry.test/base/busybox:1.35
COPY a.txt /

COPY --chmod=often a.txt /b
