FROM registry.test/base/busybox:1.35
RUN true
RUN --mount=type=secret,id=nobody-gave-it,required \
    cat /run/secrets/nobody-gave-it
