FROM registry.test/base/busybox:1.35
COPY --chmod=600 a.txt /m/600
COPY --chmod=0755 a.txt /m/0755
COPY --chmod=4711 a.txt /m/4711
ARG MODE=640
COPY --chmod=$MODE sub /m/folder
COPY --chown=3:4 --chmod=444 a.txt b.txt /m/both/
