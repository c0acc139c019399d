FROM registry.test/base/busybox:1.35
LABEL a=b
WORKDIR
