FROM registry.test/base/busybox:1.35
ENV abc=hello
ENV abc=bye def=$abc
ENV ghi=$abc
