FROM scratch
ADD http://git.test/team/app.git#nowhere /
