FROM scratch
COPY --from=registry.test/base/busybox:1.35 /bin/busybox /bin/busybox
RUN --mount=from=registry.test/base/busybox:1.35,target=/other \
    ["/bin/busybox", "cp", "/other/etc/passwd", "/passwd"]
