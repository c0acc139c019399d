FROM registry.test/base/busybox:1.35
RUN true
RUN --mount=type=bind,source=no-such-folder,target=/x \
    ls /x
