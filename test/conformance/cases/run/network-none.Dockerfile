FROM registry.test/base/busybox:1.35
RUN --network=none ls /sys/class/net > /interfaces && ! wget -q -T 1 -O - http://192.0.2.1/
