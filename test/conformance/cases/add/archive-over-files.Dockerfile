FROM registry.test/base/busybox:1.35
RUN mkdir -p /over/folder && echo old > /over/inside.txt && echo stays > /over/folder/stays
ADD --chown=12:13 plain.tar /over
