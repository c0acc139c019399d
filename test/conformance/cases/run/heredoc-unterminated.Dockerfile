FROM registry.test/base/busybox:1.35
RUN <<NEVER
echo there is no end
