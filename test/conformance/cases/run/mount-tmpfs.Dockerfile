FROM registry.test/base/busybox:1.35
RUN --mount=type=tmpfs,target=/scratch,size=2m \
    grep -o ' /scratch tmpfs' /proc/mounts > /mounted && \
    ! dd if=/dev/zero of=/scratch/fill bs=1M count=4 2> /dev/null && \
    touch /scratch/gone
RUN --mount=type=tmpfs,destination=/tmp touch /tmp/gone && ls -A / > /after
