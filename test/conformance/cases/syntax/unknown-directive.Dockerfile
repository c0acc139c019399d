# wish=granted
# escape=`
FROM registry.test/base/busybox:1.35
RUN echo one \
    two > /words
