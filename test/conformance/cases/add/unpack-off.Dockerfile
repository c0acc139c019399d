FROM scratch
ADD --unpack=false plain.tar packed.tar.gz /packed/
ADD --unpack=true packed.tar.zst /unpacked/
