ARG REPOSITORY=registry.test/base/busybox TAG="1.35"
FROM ${REPOSITORY}:$TAG AS tools-amd64
RUN echo made for amd64 > /made
FROM ${REPOSITORY}:$TAG AS tools-arm64
RUN echo made for arm64 > /made

FROM --platform=${BUILDPLATFORM} tools-${TARGETARCH} AS tools
FROM --platform=${TARGETOS}/$BUILDARCH ${REPOSITORY}:1.${TARGETVARIANT:-${TAG#*.}}${TARGETARCH#$BUILDARCH}
COPY --from=tools /made /made
