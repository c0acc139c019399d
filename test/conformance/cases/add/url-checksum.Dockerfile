FROM scratch
ADD --checksum=sha256:{served} http://web.test/served.txt /
ARG SUM=sha256:{served}
ADD --checksum=${SUM} http://web.test/served.txt /again
