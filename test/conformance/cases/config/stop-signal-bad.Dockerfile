FROM registry.test/base/busybox:1.35
STOPSIGNAL SIGWISH
