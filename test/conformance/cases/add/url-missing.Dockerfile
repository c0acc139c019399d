FROM scratch
ADD http://web.test/not-there.txt /
