FROM registry.test/base/busybox:1.35
ARG VERSION
ENV VERSION=v1
ARG VERSION=v2
RUN echo $VERSION > /version
ARG OTHER
ENV OTHER=${OTHER:-fallback}
RUN echo $OTHER > /other
