FROM registry.test/base/busybox:1.35
ADD plain.tar /plain/
ADD packed.tar.gz /gzip/
ADD packed.tar.zst /zstd
ADD packed.tar.xz packed.tar.bz2 /several/
ADD named-wrong.bin /wrong/
ADD --unpack=false packed.tar.gz /kept/
ADD --unpack=true plain.tar /asked/
COPY packed.tar.gz /copied/
