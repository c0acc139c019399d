FROM registry.test/base/busybox:1.35
RUN --network=carrier-pigeon true
