FROM registry.test/base/busybox:1.35
RUN true

RUN : {long}{long}
