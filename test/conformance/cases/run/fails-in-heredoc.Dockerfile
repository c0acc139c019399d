FROM registry.test/base/busybox:1.35
RUN echo before

RUN <<SCRIPT
set -e
true
false
SCRIPT
