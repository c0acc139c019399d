FROM registry.test/base/busybox:1.35
RUN true
COPY logs/big.txt /
