FROM registry.test/base/busybox:1.35
RUN mkdir /real && ln -s /real /linked && ln -s ../real/target /real/file-link
COPY a.txt /linked/a.txt
COPY b.txt /linked/
COPY a.txt /real/file-link
