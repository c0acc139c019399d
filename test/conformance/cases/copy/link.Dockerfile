FROM registry.test/base/busybox:1.35
RUN mkdir /real && ln -s /real /linked && mkdir -m 700 /closed
COPY --link a.txt /one
COPY --link --chown=5:6 --chmod=705 sub /closed/sub
COPY --link=true b.txt /linked/b.txt
COPY --link=false b.txt /real/c.txt
RUN readlink /linked || ls /linked > /what-became-of-linked
