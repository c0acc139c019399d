FROM registry.test/base/busybox:1.35 AS present
FROM registry.test/base/busybox:9.99
COPY --from=present /etc/passwd /
