FROM registry.test/base/busybox:1.35
ADD http://git.test/team/app.git /default
ADD http://git.test/team/app.git#other /branch
ADD --chown=5:6 http://git.test/team/app.git#v1:sub /folder
ADD --checksum={commit} http://git.test/team/app.git#main /checked
ADD --exclude=*.txt http://git.test/team/app.git /filtered
