FROM registry.test/base/busybox:1.35
ARG WHO=you
ADD <<HELLO /hello
hello ${WHO}
HELLO
