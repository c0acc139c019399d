FROM registry.test/base/busybox:1.35
COPY ../a.txt /up
COPY /b.txt /rooted
COPY ../../sub/../a.txt /wandering
