FROM scratch
RUN echo there is no shell
