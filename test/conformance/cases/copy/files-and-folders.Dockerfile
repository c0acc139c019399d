FROM registry.test/base/busybox:1.35
WORKDIR /work
COPY a.txt /abs
COPY a.txt /folder/
COPY a.txt b.txt several/
COPY sub /sub
COPY sub/ /sub-too/
COPY sub/inner nested/
COPY . all/
