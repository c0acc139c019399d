FROM registry.test/base/busybox:1.35 AS one
COPY --from=two /x /x
FROM registry.test/base/busybox:1.35 AS two
COPY --from=one /y /y
