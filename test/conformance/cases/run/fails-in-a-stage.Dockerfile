FROM registry.test/base/busybox:1.35 AS one
RUN exit 5
FROM registry.test/base/busybox:1.35
RUN true
COPY --from=one /x /x
