FROM registry.test/base/busybox:1.35
HEALTHCHECK CMD ["never", "used"]
HEALTHCHECK --interval=5m --timeout=3s --start-period=1m30s --start-interval=2s --retries=4 \
    CMD wget -q -O - http://localhost/ || exit 1
