FROM registry.test/base/busybox:1.35
COPY a.txt /
COPY --chown=nobody-of-that-name a.txt /b
