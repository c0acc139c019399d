FROM registry.test/base/busybox:1.35
RUN echo 'app:x:1000:2000:app:/:/bin/sh' >> /etc/passwd && echo 'crew:x:3000:' >> /etc/group
COPY --chown=55 a.txt /n/id
COPY --chown=10:11 a.txt /n/ids
COPY --chown=app a.txt /n/user
COPY --chown=app: a.txt /n/user-colon
COPY --chown=app:crew a.txt /n/user-and-group
COPY --chown=7:crew sub /n/folder
ARG OWNER=8:9
COPY --chown=${OWNER} a.txt /n/by-variable
