FROM registry.test/base/busybox:1.35
RUN --security=sandbox grep Seccomp: /proc/self/status > /seccomp
