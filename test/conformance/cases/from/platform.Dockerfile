FROM --platform=$BUILDPLATFORM registry.test/base/busybox:1.35 AS tools
ARG BUILDPLATFORM
ARG TARGETPLATFORM
RUN test "$BUILDPLATFORM" = "$TARGETPLATFORM" && echo same > /platforms

FROM --platform=$TARGETPLATFORM registry.test/base/busybox:1.35
COPY --from=tools /platforms /platforms
