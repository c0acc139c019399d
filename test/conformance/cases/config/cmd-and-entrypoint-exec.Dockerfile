FROM registry.test/base/busybox:1.35
ENTRYPOINT ["/bin/echo", "first"]
CMD ["ignored"]
ENTRYPOINT ["/bin/echo", "an argument with \"quotes\"", "$HOME"]
CMD ["last", "wins"]
