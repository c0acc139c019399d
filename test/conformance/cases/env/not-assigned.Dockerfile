FROM registry.test/base/busybox:1.35
ENV FINE=1

ENV ALONE
