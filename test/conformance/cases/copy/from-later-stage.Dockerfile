FROM registry.test/base/busybox:1.35
COPY --from=2 /x /x
FROM registry.test/base/busybox:1.35
