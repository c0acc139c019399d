FROM registry.test/base/busybox:1.35
COPY --parents sub/inner/deep.txt a.txt /whole/
COPY --parents sub/./inner/*.txt /from-the-dot/
COPY --parents ./sub/**/*.txt /any-depth/
COPY --parents --chown=9:9 --chmod=750 sub/inner /with-flags/
