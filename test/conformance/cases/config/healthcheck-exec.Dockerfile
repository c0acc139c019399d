FROM registry.test/base/busybox:1.35
HEALTHCHECK --interval=500ms CMD ["/bin/test", "-f", "/alive"]
