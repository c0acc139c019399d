FROM registry.test/base/busybox:1.35
ONBUILD ONBUILD RUN true
