FROM registry.test/base/busybox:1.35 AS named
ARG TARGETSTAGE
LABEL stage="'$TARGETSTAGE'"
