FROM registry.test/base/busybox:1.35
WORKDIR /work
RUN --mount=type=secret,id=token \
    cp /run/secrets/token /default && stat -c '%a %u:%g' /run/secrets/token >> /default
RUN --mount=type=secret,id=token,target=/etc/app/token,mode=0440,uid=12,gid=34 \
    stat -c '%a %u:%g' /etc/app/token > /given
RUN --mount=type=secret,id=token,dst=relative/token,required cat /work/relative/token > /relative
RUN --mount=type=secret,target=/root/token cat /root/token > /called-as-its-file
RUN --mount=type=secret,id=other,env=OTHER \
    echo "$OTHER" > /variable; test -e /run/secrets/other || echo no file >> /variable
RUN --mount=type=secret,id=other,env=OTHER,target=/both,required=true \
    echo "$OTHER" > /as-both && cat /both >> /as-both
RUN ls -a / /root /work > /afterwards
