FROM registry.test/base/busybox:1.35
COPY ["with space.txt", "/a place/"]
COPY ["a.txt", "b.txt", "/a place/deeper/"]
