FROM \
  registry.test/base/busybox:1.35 \
  AS \
  named
RUN \
  echo \
  spread \
  > /words
ENV A=1 \
    \
    B=2
RUN echo 'back\\slash at the end\' && echo b\\a > /slashes
