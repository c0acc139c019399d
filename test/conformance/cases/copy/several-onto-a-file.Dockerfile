FROM registry.test/base/busybox:1.35
COPY a.txt b.txt /not-a-folder
