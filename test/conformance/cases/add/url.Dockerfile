FROM registry.test/base/busybox:1.35
ADD http://web.test/served.txt /
ADD http://web.test/served.txt /renamed
ADD --chmod=0750 --chown=3:4 http://web.test/served.txt folder/
ARG NAME=served
ADD --link http://web.test/${NAME}.txt /linked/
ADD http://web.test/archive.tar.gz /packed/
