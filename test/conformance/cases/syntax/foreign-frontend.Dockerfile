# syntax=registry.test/foreign/frontend:1
FROM registry.test/base/busybox:1.35
RUN echo built in > /frontend
