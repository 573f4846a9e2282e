/* eptrans_random.h: random numbers by splitmix64, a stream for each core.
 *
 * Included by eptrans_inline.h. Which numbers a program draws depends on its seed and on the core alone.
 */
#ifndef EPTRANS_RANDOM_H
#define EPTRANS_RANDOM_H

EP_INLINE uint64_t ep_random_bits(struct ep_core *core)
{
    uint64_t z = core->random_state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
EP_INLINE ep_real ep_random_real(EP_PLACE)
{
#if EP_WORD == 32
    return (ep_real)(ep_random_bits(core) >> 40) * 0x1p-24f;
#else
    return (ep_real)(ep_random_bits(core) >> 11) * 0x1p-53;
#endif
}
EP_INLINE ep_int ep_random_range(EP_PLACE, ep_int from, ep_int to)
{
    if (EP_UNLIKELY(from >= to))
        ep_fail(EP_PASS, "randrange needs a range with a number in it");
    ep_unsigned width = (ep_unsigned)to - (ep_unsigned)from;
#if EP_WORD == 32
    ep_unsigned offset = (ep_unsigned)(((ep_random_bits(core) >> 32) * width) >> 32);
#else
    ep_unsigned offset = (ep_unsigned)(((unsigned __int128)ep_random_bits(core) * width) >> 64);
#endif
    return (ep_int)((ep_unsigned)from + offset);
}
EP_INLINE ep_int ep_random_below(EP_PLACE, ep_int to) { return ep_random_range(EP_PASS, 0, to); }
EP_INLINE ep_int ep_random_between(EP_PLACE, ep_int from, ep_int to)
{
    if (EP_UNLIKELY(from > to))
        ep_fail(EP_PASS, "randint needs a range with a number in it");
    if (to == EP_INT_MAX) {
        if (from == EP_INT_MIN)
            return (ep_int)ep_random_bits(core);
        return ep_random_range(EP_PASS, from - 1, to) + 1;
    }
    return ep_random_range(EP_PASS, from, to + 1);
}

#endif /* EPTRANS_RANDOM_H */
