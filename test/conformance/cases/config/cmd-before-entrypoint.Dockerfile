FROM registry.test/base/busybox:1.35
CMD ["kept"]
ENTRYPOINT ["/bin/echo"]
