FROM registry.test/base/busybox:1.35
RUN echo "$0" > /default
SHELL ["/bin/sh", "-euc"]
RUN echo "$-" > /flags
SHELL ["/bin/busybox", "awk"]
RUN BEGIN { print "by awk" > "/by-awk" }
SHELL ["/bin/ash", "-x", "-c"]
CMD echo cmd
ENTRYPOINT echo entrypoint
HEALTHCHECK CMD echo check
