FROM registry.test/base/busybox:1.35
RUN ["mkdir", "-p", "/a dir/with \"quotes\""]
RUN ["/bin/sh", "-c", "echo $0 $1 > /args", "zero", "$HOME"]
RUN [ "touch", "/back\\slash", "/tab\tinside" ]
