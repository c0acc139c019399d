FROM scratch
COPY --from=registry.test/base/busybox:1.35 --chown=1:2 /bin/busybox /tools/
COPY --from=registry.test/base/busybox@{busybox-digest} /etc /etc
