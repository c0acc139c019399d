FROM registry.test/base/busybox:1.35
EXPOSE 80 443/tcp 53/udp
EXPOSE 9000-9003 8443/TCP
EXPOSE 7000-7001/sctp
