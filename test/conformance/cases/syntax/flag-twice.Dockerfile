FROM registry.test/base/busybox:1.35
COPY --chown=1 --chown=2 a.txt /
