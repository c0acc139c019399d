FROM registry.test/base/busybox:1.35
RUN --network=default test -e /sys/class/net/lo && echo there > /lo
