FROM registry.test/base/busybox:1.35
ONBUILD ARG FLAVOUR=plain
ONBUILD ENV FROM_TRIGGER=yes
ONBUILD COPY a.txt /onbuild/
ONBUILD RUN echo "$FLAVOUR" > /onbuild/flavour
ONBUILD USER 1000
ONBUILD LABEL triggered=yes
