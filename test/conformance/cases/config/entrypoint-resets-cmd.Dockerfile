FROM registry.test/base/busybox:1.35
ENTRYPOINT ["/bin/cat"]
