FROM registry.test/base/busybox:1.35 AS 1st
