FROM registry.test/base/busybox:1.35
RUN echo file > /file
COPY sub /file
