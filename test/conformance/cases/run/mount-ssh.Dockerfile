FROM registry.test/base/busybox:1.35
RUN --mount=type=ssh echo "$SSH_AUTH_SOCK" > /socket && stat -c '%F %a %u:%g' "$SSH_AUTH_SOCK" >> /socket
RUN --mount=type=ssh,id=deploy,target=/deploy.sock,mode=0666,uid=12,gid=34,required \
    echo "$SSH_AUTH_SOCK" > /given && stat -c '%F %a %u:%g' /deploy.sock >> /given
RUN --mount=type=ssh --mount=type=ssh,id=deploy env | grep SSH > /several
RUN --mount=type=ssh,id=nobody-gave-it env | grep -c SSH > /absent || true
RUN env | grep -c SSH > /without || true
