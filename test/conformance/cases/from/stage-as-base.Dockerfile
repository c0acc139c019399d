FROM registry.test/base/busybox:1.35 AS shared
ENV SHARED=yes
WORKDIR /shared
RUN echo base > base.txt

FROM shared AS left
RUN echo left > side.txt

FROM shared
COPY --from=left /shared/side.txt left.txt
RUN echo right > side.txt
