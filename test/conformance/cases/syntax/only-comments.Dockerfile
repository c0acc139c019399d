# Nothing
# at all
