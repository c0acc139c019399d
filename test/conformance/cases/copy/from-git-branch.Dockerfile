FROM scratch
COPY old.txt /
