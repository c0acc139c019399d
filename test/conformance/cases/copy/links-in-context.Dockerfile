FROM registry.test/base/busybox:1.35
COPY . /all
COPY to-file /file
COPY to-folder /folder
COPY to-folder/inside /inside
