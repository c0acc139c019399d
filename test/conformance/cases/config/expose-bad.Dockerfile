FROM registry.test/base/busybox:1.35
EXPOSE 80
EXPOSE eighty
