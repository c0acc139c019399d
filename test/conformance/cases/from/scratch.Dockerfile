FROM scratch
COPY notes.txt /notes.txt
LABEL made.of="one file"
