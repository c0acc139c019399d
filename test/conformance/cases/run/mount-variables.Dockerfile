FROM registry.test/base/busybox:1.35
ARG PLACE=/placed
ARG NAME=a
ENV KEY=by-variable
RUN --mount=type=bind,source=${NAME}.txt,target=${PLACE}/file cat ${PLACE}/file > /read
RUN --mount=type=cache,id=${KEY},target=/c echo 1 > /c/1
