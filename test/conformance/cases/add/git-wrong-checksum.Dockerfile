FROM scratch
ADD --checksum=0000000000000000000000000000000000000000 \
    http://git.test/team/app.git#main /
