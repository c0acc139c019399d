FROM registry.test/base/busybox:1.35
ENV NAME=outside
RUN <<SCRIPT
set -e
name=inside
echo "$NAME and $name" > /names
if test -f /names; then
  echo 'FROM inside a here-document is no instruction' > /from
fi
COPY=1
# a comment of the shell
SCRIPT
RUN echo after > /after
