FROM registry.test/base/busybox:1.35
COPY . /names/
COPY grün/二.txt /二
COPY ["a, b", "/comma"]
COPY -dash /dash
