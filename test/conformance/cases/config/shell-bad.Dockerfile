FROM registry.test/base/busybox:1.35
SHELL /bin/sh -c
