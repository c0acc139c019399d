FROM registry.test/base/busybox:1.35
RUN : {long} && echo ran > /ran
