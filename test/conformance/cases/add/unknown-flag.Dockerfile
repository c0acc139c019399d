FROM registry.test/base/busybox:1.35
ADD --quickly a.txt /
