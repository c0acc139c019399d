FROM registry.test/base/busybox:1.35
RUN --mount=type=ssh echo "'${SSH_AUTH_SOCK-unset}'" > /agent
