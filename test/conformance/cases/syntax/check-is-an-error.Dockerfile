# check=error=true
FROM registry.test/base/busybox:1.35
MAINTAINER nobody
