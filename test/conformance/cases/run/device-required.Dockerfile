FROM registry.test/base/busybox:1.35
RUN true

RUN --device=vendor.test/absent=0,required true
