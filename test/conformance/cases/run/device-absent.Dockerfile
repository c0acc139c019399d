FROM registry.test/base/busybox:1.35
RUN --device=vendor.test/absent echo without > /device
