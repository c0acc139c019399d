FROM registry.test/base/is-not-there:1 AS tests
COPY --from=registry.test/base/not-there-either:1 / /

FROM registry.test/base/busybox:1.35
RUN echo fine > /fine
