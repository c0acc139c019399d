FROM registry.test/base/busybox:1.35
HEALTHCHECK --interval=soon CMD true
