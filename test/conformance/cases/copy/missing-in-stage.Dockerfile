FROM registry.test/base/busybox:1.35 AS made
FROM registry.test/base/busybox:1.35
COPY --from=made /no/such/file /
