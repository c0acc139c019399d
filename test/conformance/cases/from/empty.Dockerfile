FROM scratch
LABEL holds=nothing
CMD ["/nothing"]
