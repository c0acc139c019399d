FROM registry.test/base/busybox:1.35
COPY --exclude=*.md . /no-md/
COPY --exclude=*.txt --exclude=sub/inner . /two/
COPY --exclude=**/deep.* sub /no-deep/
COPY --parents --exclude=sub/inner/deep.txt sub /with-parents/
