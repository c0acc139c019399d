FROM registry.test/base/busybox:1.35 AS fine
FROM --platform=linux/nonsense/v1/extra registry.test/base/busybox:1.35
RUN true
