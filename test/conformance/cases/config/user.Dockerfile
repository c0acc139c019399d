FROM registry.test/base/busybox:1.35
RUN echo 'app:x:1000:2000:app:/home/app:/bin/sh' >> /etc/passwd && \
    echo 'crew:x:3000:app' >> /etc/group && mkdir -m 1777 /out
USER app
RUN id > /out/name
USER app:crew
RUN id > /out/name-and-group
USER 1234
RUN id > /out/number
USER 1234:5678
RUN id > /out/numbers
WORKDIR /made/by/whom
COPY a.txt /out/copied
