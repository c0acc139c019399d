FROM registry.test/kiln/conformance/onbuild-base:1
RUN id -u > /tmp/after-the-triggers
