ARG VERSION=1.35
ARG IMAGE=registry.test/base/busybox
FROM ${IMAGE}:${VERSION}
RUN echo "not in scope: '${VERSION}'" > /before
ARG VERSION
RUN echo "in scope: '${VERSION}'" > /after
