FROM registry.test/base/busybox:1.35
ADD --keep-git-dir=true http://git.test/team/app.git#v1 /app
RUN test -e /app/.git/HEAD && cp /app/.git/HEAD /head && rm -r /app/.git
ADD --keep-git-dir=false http://git.test/team/app.git#v1 /bare
