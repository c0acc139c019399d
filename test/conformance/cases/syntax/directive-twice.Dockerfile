# escape=\
# escape=`
FROM registry.test/base/busybox:1.35
