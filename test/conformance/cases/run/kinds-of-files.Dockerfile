FROM registry.test/base/busybox:1.35
RUN mkdir /kinds && cd /kinds && \
    echo content > file && ln file hard && ln -s file soft && ln -s /nowhere dangling && \
    mkfifo pipe && mknod null c 1 3 && mknod disk b 7 0 && \
    mkdir sticky && chmod 1777 sticky && \
    cp file setuid && chmod 4755 setuid && cp file setgid && chmod 2750 setgid && \
    cp file none && chmod 0 none && \
    cp file owned && chown 1234:5678 owned && \
    : > empty && mkdir -p deep/er/still
RUN cd /kinds && echo more >> hard && chown -h 7:7 soft
