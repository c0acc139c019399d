FROM registry.test/base/busybox:1.35
ENV A=1 \
    B="two words"
RUN echo one && \
    echo two > /two
COPY <<FILE /crlf
line
FILE
RUN <<SCRIPT
echo in a script > /script
SCRIPT
