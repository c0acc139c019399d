FROM registry.test/base/busybox:1.35
ADD pretends.tar.gz empty.tar /there/
