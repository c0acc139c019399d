FROM registry.test/base/busybox:1.35
RUN true

# The line that is told is the first of the instruction.
RUN echo one && \
    echo two && \
    exit 7
