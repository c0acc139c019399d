FROM registry.test/base/busybox:1.35
COPY . /modes/
