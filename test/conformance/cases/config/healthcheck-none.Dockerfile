FROM registry.test/base/busybox:1.35 AS base
HEALTHCHECK CMD true
FROM base
HEALTHCHECK NONE
