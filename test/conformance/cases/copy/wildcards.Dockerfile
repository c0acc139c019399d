FROM registry.test/base/busybox:1.35
COPY *.txt /star/
COPY ?.md /question/
COPY [ab].txt /class/
COPY sub/*/deep.* /levels/
COPY arr[[]0].dat /escaped/
COPY no-such-*.x a.txt /none/
