FROM registry.test/base/busybox:1.35
RUN mkdir /data && echo before > /data/before
VOLUME /data /var/cache
VOLUME ["/json volume", "/other"]
RUN echo after > /data/after
