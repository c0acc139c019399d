FROM registry.test/base/busybox:1.35
RUN ['echo', 'single quotes make it a shell command'] || echo fell back > /shell
