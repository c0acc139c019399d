FROM registry.test/base/busybox:1.35
ENTRYPOINT echo "shell  form" $HOME && exec top -b
CMD echo never $HOME
