# decimal: the digits of reals, exact and independent of the host's C library
# and locale. All functions take a finite magnitude (not below 0), write to
# `out` without a closing NUL and return how many characters they wrote.
from libc.stdint cimport int32_t, int64_t


cdef enum:
    MOST_DIGITS = 1100      # of the exact expansion of any double
    MOST_WHOLE_DIGITS = 310 # before the point of any double
    MOST_SHORTEST = 32      # characters of write_shortest

cdef enum:  # styles of write_general, to be added up
    PLAIN_GENERAL = 0
    ALTERNATE_GENERAL = 1   # keeps the point and trailing zeros
    POINT_GENERAL = 2       # at least one digit after the point


# C's %.Nf; a precision below 0 rounds to tens, hundreds and so on.
# Room for MOST_WHOLE_DIGITS + 2 + precision characters is needed.
cdef int64_t write_fixed(double magnitude, int64_t precision, char *out) noexcept nogil
# C's %.Ne. Room for precision + 10.
cdef int64_t write_exponent(double magnitude, int64_t precision, bint alternate, char *out) noexcept nogil
# C's %.Ng, with Python's variations. Room for precision + 12.
cdef int64_t write_general(double magnitude, int64_t precision, int style, char *out) noexcept nogil
# The shortest text that reads back the same double (or float), as Python's repr.
# `alternate`: with a point even where only an exponent follows. Room for MOST_SHORTEST.
cdef int64_t write_shortest(double magnitude, bint single, bint alternate, char *out) noexcept nogil
# The decimal digits of an int without its sign. Room for 20.
cdef int64_t write_digits(unsigned long long number, char *out) noexcept nogil
