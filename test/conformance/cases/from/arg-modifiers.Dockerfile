ARG VARIANT
ARG REPOSITORY=registry.test/base
FROM ${REPOSITORY}/${VARIANT:-busybox}:1.35${VARIANT:+-of-mine}
RUN echo plain > /variant
