FROM registry.test/base/busybox:1.35
ADD --chown=1:2 a.txt /f/owner
ADD --chmod=751 a.txt /f/mode
ADD --link sub /f/linked
ADD --exclude=*.txt . /f/excluded/
ADD ["with space.txt", "/f/"]
ADD *.md sub /f/several/
