FROM registry.test/base/busybox:1.35
COPY --from=registry.test/base/no-such-image:1 /x /x
