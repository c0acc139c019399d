FROM registry.test/base/busybox:1.35
COPY a.txt /
RUN true
COPY a.txt no-such-file /there/
