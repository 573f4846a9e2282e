/* eptrans_ranges.h: arithmetic on ranges of ints, for the checks made once before a nest of loops.
 *
 * Included by eptrans_inline.h. A range holds every value that an int expression may take in the nest; it
 * is unknown (everything) as soon as a value might not fit the word, so that a known range also tells that
 * nothing wraps. Out of line: these run once for many iterations, and so the code around stays small.
 */
#ifndef EPTRANS_RANGES_H
#define EPTRANS_RANGES_H

struct ep_range {
    int64_t low, high; /* low > high: the loop that makes these values does not run */
};

EP_INLINE ep_bool ep_range_known(struct ep_range range)
{
    return range.low != INT64_MIN || range.high != INT64_MAX;
}
EP_INLINE struct ep_range ep_range_unknown(void) { return (struct ep_range){INT64_MIN, INT64_MAX}; }
EP_INLINE struct ep_range ep_range_one(int64_t value) { return (struct ep_range){value, value}; }
EP_INLINE struct ep_range ep_range_fitting(int64_t low, int64_t high)
{
    if (low < EP_INT_MIN || low > EP_INT_MAX || high < EP_INT_MIN || high > EP_INT_MAX)
        return ep_range_unknown();
    return (struct ep_range){low, high};
}

EP_APART struct ep_range ep_range_add(struct ep_range left, struct ep_range right)
{
    int64_t low, high;
    if (!ep_range_known(left) || !ep_range_known(right) || __builtin_add_overflow(left.low, right.low, &low)
        || __builtin_add_overflow(left.high, right.high, &high))
        return ep_range_unknown();
    return ep_range_fitting(low, high);
}
EP_APART struct ep_range ep_range_subtract(struct ep_range left, struct ep_range right)
{
    int64_t low, high;
    if (!ep_range_known(left) || !ep_range_known(right) || __builtin_sub_overflow(left.low, right.high, &low)
        || __builtin_sub_overflow(left.high, right.low, &high))
        return ep_range_unknown();
    return ep_range_fitting(low, high);
}
EP_APART struct ep_range ep_range_multiply(struct ep_range left, struct ep_range right)
{
    int64_t corner[4];
    if (!ep_range_known(left) || !ep_range_known(right) || __builtin_mul_overflow(left.low, right.low, &corner[0])
        || __builtin_mul_overflow(left.low, right.high, &corner[1])
        || __builtin_mul_overflow(left.high, right.low, &corner[2])
        || __builtin_mul_overflow(left.high, right.high, &corner[3]))
        return ep_range_unknown();
    int64_t low = corner[0], high = corner[0];
    for (int i = 1; i < 4; i++) {
        low = corner[i] < low ? corner[i] : low;
        high = corner[i] > high ? corner[i] : high;
    }
    return ep_range_fitting(low, high);
}

/* How many values range(start, stop, step) has; unknown where it might have more than an int can count. */
EP_APART struct ep_range ep_range_trips(struct ep_range start, struct ep_range stop, int64_t step, ep_bool inclusive)
{
    struct ep_range way = step > 0 ? ep_range_subtract(stop, start) : ep_range_subtract(start, stop);
    uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    if (!ep_range_known(way))
        return way;
    int64_t longest = way.high - !inclusive, shortest = way.low - !inclusive;
    uint64_t most = longest < 0 ? 0 : (uint64_t)longest / stride + 1;
    uint64_t least = shortest < 0 ? 0 : (uint64_t)shortest / stride + 1;
    return most >= (uint64_t)EP_INT_MAX ? ep_range_unknown() : (struct ep_range){(int64_t)least, (int64_t)most};
}
/* The values themselves. */
EP_APART struct ep_range ep_range_values(struct ep_range start, struct ep_range stop, int64_t step, ep_bool inclusive)
{
    if (!ep_range_known(start) || !ep_range_known(stop))
        return ep_range_unknown();
    return step > 0 ? ep_range_fitting(start.low, inclusive ? stop.high : stop.high - (stop.high > EP_INT_MIN))
                    : ep_range_fitting(inclusive ? stop.low : stop.low + (stop.low < EP_INT_MAX), start.high);
}
/* The values that a counted loop's variable takes in its body; unknown where the step might be against the
 * loop's direction, or the last step might wrap. */
EP_APART struct ep_range ep_range_loop(struct ep_range first, struct ep_range bound, struct ep_range step,
                                       int direction, ep_bool inclusive)
{
    if (!ep_range_known(step) || (direction > 0 ? step.low <= 0 : step.high >= 0))
        return ep_range_unknown();
    struct ep_range values = ep_range_values(first, bound, direction, inclusive);
    struct ep_range after = ep_range_add(values, step);
    return ep_range_known(after) ? values : after;
}
/* At the most how many times such a loop runs; as a double, which cannot wrap. */
EP_INLINE double ep_range_most(struct ep_range values, struct ep_range step)
{
    double stride = step.low > 0 ? (double)step.low : step.high < 0 ? -(double)step.high : 1.0;
    return values.high < values.low ? 0.0 : ((double)values.high - (double)values.low) / stride + 1.0;
}
/* The values at most as large as the largest of others, or smaller than it by so much; at least as large as the
 * smallest likewise; and those different from the only one of others. Where others are unknown, all of them. */
EP_APART struct ep_range ep_range_below(struct ep_range range, struct ep_range others, int64_t by)
{
    int64_t most = others.high > EP_INT_MIN ? others.high - by : others.high;
    if (ep_range_known(range) && ep_range_known(others) && most < range.high)
        range.high = most;
    return range;
}
EP_APART struct ep_range ep_range_above(struct ep_range range, struct ep_range others, int64_t by)
{
    int64_t least = others.low < EP_INT_MAX ? others.low + by : others.low;
    if (ep_range_known(range) && ep_range_known(others) && least > range.low)
        range.low = least;
    return range;
}
EP_APART struct ep_range ep_range_except(struct ep_range range, struct ep_range others)
{
    if (!ep_range_known(range) || others.low != others.high || range.low >= range.high)
        return range;
    range.low += range.low == others.low;
    range.high -= range.high == others.high;
    return range;
}
/* Whether all values are indices inside a dimension. */
EP_INLINE ep_bool ep_within(struct ep_range range, int64_t size)
{
    return (range.low >= 0 && range.high < size) || range.low > range.high;
}

#endif /* EPTRANS_RANGES_H */
