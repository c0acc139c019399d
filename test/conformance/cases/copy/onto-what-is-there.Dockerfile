FROM registry.test/base/busybox:1.35
RUN mkdir -p /there/inner && echo old > /there/a.txt && echo mine > /there/inner/mine && chmod 700 /there
COPY a.txt /there/a.txt
COPY sub /there
COPY a.txt /there/inner
