# arithmetic: the operators on values whose kinds are not known before the
# program runs. Operands are borrowed, results owned; a wrong kind is a fault
# that names it and what the place needs.
from libc.stdint cimport int32_t
from .eptrans_rt cimport ep_core, ep_value


cdef ep_value binary(ep_core *core, int32_t operation, ep_value left, ep_value right) noexcept nogil
cdef ep_value unary(ep_core *core, int32_t operation, ep_value operand) noexcept nogil
