FROM registry.test/base/busybox:1.35
LABEL fine=1
ENV BROKEN=${UNCLOSED
