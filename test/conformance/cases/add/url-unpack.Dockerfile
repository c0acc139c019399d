FROM scratch
ADD --unpack http://web.test/archive.tar.gz /unpacked/
ADD --unpack=false http://web.test/archive.tar.gz /packed/
