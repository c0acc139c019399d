FROM registry.test/base/busybox:1.35
MAINTAINER Somebody <somebody@example.com>
