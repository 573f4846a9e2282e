/* eptrans_arrays.h: the operations on arrays, ranges and slices that generated code has inlined.
 *
 * Included by eptrans_inline.h, whose conventions hold here too. The check of an index is one
 * comparison; all that is rarer (negative indices, growing lists, errors) stands out of line.
 */
#ifndef EPTRANS_ARRAYS_H
#define EPTRANS_ARRAYS_H

/* ---- arrays ---------------------------------------------------------------------------------- */

EP_NORETURN EP_COLD EP_UNUSED static void ep_fail_indices(EP_PLACE, const struct ep_array *array)
{
    ep_fail(EP_PASS, (array->flags & EP_FREED) != 0 ? "the array was freed"
                                                    : "the array needs one index for each of its dimensions");
}

/* Before a use of an array that may be exposed to other cores; the entry tells what the arguments mean. */
EP_INLINE void ep_order(struct ep_core *core, const struct ep_array *array, int64_t elements, int32_t use)
{
    if ((array->flags & EP_EXPOSED) != 0)
        ep->order(core, array, elements, use);
}
/* The same of all elements of what may be something else than an array. */
EP_INLINE void ep_order_value(struct ep_core *core, ep_value value, int32_t use)
{
    if (value.tag == EP_ARRAY)
        ep_order(core, value.as.array, EP_ALL_ELEMENTS, use);
}

/* The slot of an index that is not simply inside: negative ones count from the end, a list that is
 * written grows, an array in shared memory has its price, all else is an error. Out of line, so that
 * the code around stays small. */
EP_COLD EP_UNUSED static int64_t ep_place_of(EP_PLACE, const struct ep_array *array, ep_int index)
{
    int64_t place = (int64_t)index < 0 ? (int64_t)index + array->length : (int64_t)index;
    if (array->dimensions != 1)
        ep_fail_indices(EP_PASS, array);
    if ((uint64_t)place >= (uint64_t)array->length)
        ep_fail_index(EP_PASS, array, index, array->length, 0);
    return place;
}
EP_COLD EP_UNUSED static int64_t ep_slot_slow(EP_PLACE, const struct ep_array *array, ep_int index)
{
    int64_t place = ep_place_of(EP_PASS, array, index);
    EP_NOTE(site, 0);
    core->clock += array->read_price;
    return place;
}
EP_COLD EP_UNUSED static int64_t ep_slot_to_write_slow(EP_PLACE, struct ep_array *array, ep_int index)
{
    if ((int64_t)index >= array->length && array->dimensions == 1
        && (array->flags & (EP_LIST | EP_FREED)) == EP_LIST) {
        ep_enters(EP_PASS);
        ep->grow_list(core, array, (int64_t)index + 1);
        ep_came_back(EP_PASS);
    }
    int64_t place = ep_place_of(EP_PASS, array, index);
    EP_NOTE(site, 0);
    core->clock += array->write_price;
    return place;
}
EP_COLD EP_UNUSED static int64_t ep_index_slow(EP_PLACE, const struct ep_array *array, ep_int index, int32_t dimension)
{
    int64_t size = array->shape[dimension];
    int64_t place = (int64_t)index < 0 ? (int64_t)index + size : (int64_t)index;
    if ((uint64_t)place >= (uint64_t)size)
        ep_fail_index(EP_PASS, array, index, size, dimension);
    return place;
}

/* Whether an index is simply inside an array of that length. A negative one is a large unsigned number,
 * beyond every length; unsigned in the word's own size, an index that is inside needs no extension. */
EP_INLINE ep_bool ep_holds(ep_unsigned length, ep_int index) { return (ep_unsigned)index < length; }

/* The slot of an index into an array that has one dimension. */
EP_INLINE int64_t ep_slot(EP_PLACE, const struct ep_array *array, ep_int index)
{
    if (EP_LIKELY((uint64_t)(int64_t)index < (uint64_t)array->direct))
        return index;
    return ep_slot_slow(EP_PASS, array, index);
}
/* The same where it may have several at run time. */
EP_INLINE int64_t ep_slot_single(EP_PLACE, const struct ep_array *array, ep_int index)
{
    if (EP_LIKELY(array->dimensions == 1 && (uint64_t)(int64_t)index < (uint64_t)array->direct))
        return index;
    return ep_slot_slow(EP_PASS, array, index);
}
/* The slot to write: a list grows when written past its end. */
EP_INLINE int64_t ep_slot_to_write(EP_PLACE, struct ep_array *array, ep_int index)
{
    if (EP_LIKELY(array->dimensions == 1 && (uint64_t)(int64_t)index < (uint64_t)array->direct))
        return index;
    return ep_slot_to_write_slow(EP_PASS, array, index);
}
EP_COLD EP_UNUSED static void ep_check_indices(EP_PLACE, const struct ep_array *array, int32_t count, int32_t price)
{
    if (array->dimensions != count || (array->flags & EP_FREED) != 0)
        ep_fail_indices(EP_PASS, array);
    EP_NOTE(site, 0);
    core->clock += price;
}
/* The slot of several indices, one for each dimension. */
EP_INLINE int64_t ep_slot_of(EP_PLACE, const struct ep_array *array, int32_t count, const ep_int *indices,
                             ep_bool writes)
{
    if (EP_UNLIKELY(array->dimensions != count || (array->flags & (EP_FREED | EP_SHARED)) != 0))
        ep_check_indices(EP_PASS, array, count, writes ? array->write_price : array->read_price);
    int64_t slot = 0;
    for (int32_t i = 0; i < count; i++) {
        int64_t index = indices[i];
        if (EP_UNLIKELY((uint64_t)index >= (uint64_t)array->shape[i]))
            index = ep_index_slow(EP_PASS, array, indices[i], i);
        slot = slot * array->shape[i] + index;
    }
    return slot;
}

#define EP_INTS(array) ((ep_int *)(array)->data)
#define EP_REALS(array) ((ep_real *)(array)->data)

/* Elements by the array's own kind, where it is not known before. */
EP_INLINE ep_value ep_load_any(const struct ep_array *array, int64_t slot)
{
    return array->kind == EP_REAL ? ep_box_real(EP_REALS(array)[slot]) : ep_box(array->kind, EP_INTS(array)[slot]);
}
EP_INLINE void ep_store_any(EP_PLACE, struct ep_array *array, int64_t slot, ep_value value)
{
    if (EP_UNLIKELY(value.tag != array->kind)) {
        if (!ep_is_number(value) && value.tag != EP_FUNCTION)
            ep_fail_kind(EP_PASS, value, "an int, a real, a bool or a function");
        if ((value.tag == EP_FUNCTION) != (array->kind == EP_FUNCTION))
            ep_fail(EP_PASS, "an array cannot hold functions and numbers together");
        if (value.tag > array->kind) {
            ep_enters(EP_PASS);
            ep->convert_array(core, array, (int32_t)value.tag);
            ep_came_back(EP_PASS);
        }
    }
    if (array->kind == EP_REAL)
        EP_REALS(array)[slot] = ep_unbox_real(value);
    else
        EP_INTS(array)[slot] = ep_unbox_int(value);
}

EP_APART void ep_fill_int(struct ep_array *array, ep_int value)
{
    ep_int *data = EP_INTS(array);
    for (int64_t i = 0; i < array->length; i++)
        data[i] = value;
}
EP_APART void ep_fill_real(struct ep_array *array, ep_real value)
{
    ep_real *data = EP_REALS(array);
    for (int64_t i = 0; i < array->length; i++)
        data[i] = value;
}
/* [a, b] * n: the first `count` elements again and again. */
EP_APART void ep_repeat(struct ep_array *array, int64_t count)
{
    ep_int *data = EP_INTS(array);
    for (int64_t i = count; i < array->length; i++)
        data[i] = data[i - count];
}
EP_INLINE struct ep_array *ep_new_list(EP_PLACE, int32_t kind, int64_t length)
{
    int64_t shape = length < 0 ? 0 : length;
    ep_enters(EP_PASS);
    struct ep_array *result = ep->new_array(core, kind, 1, &shape, EP_PYTHON3 ? 0 : EP_LIST);
    ep_came_back(EP_PASS);
    return result;
}
EP_INLINE struct ep_array *ep_new_array(EP_PLACE, int32_t kind, int32_t dimensions, const int64_t *shape,
                                        int32_t flags)
{
    ep_enters(EP_PASS);
    struct ep_array *result = ep->new_array(core, kind, dimensions, shape, flags);
    ep_came_back(EP_PASS);
    return result;
}

EP_INLINE void ep_check_live(EP_PLACE, const struct ep_array *array)
{
    if (EP_UNLIKELY((array->flags & EP_FREED) != 0))
        ep_fail(EP_PASS, "the array was freed");
}
EP_INLINE ep_int ep_length(EP_PLACE, const struct ep_array *array)
{
    ep_check_live(EP_PASS, array);
    return (ep_int)array->length;
}
EP_INLINE ep_int ep_length_any(EP_PLACE, ep_value value)
{
    if (value.tag == EP_ARRAY)
        return ep_length(EP_PASS, value.as.array);
    if (value.tag == EP_STRING)
        return (ep_int)value.as.string->characters;
    if (EP_PYTHON3)
        ep_fail_kind(EP_PASS, value, "an array or a string");
    return 0;
}
EP_INLINE ep_int ep_dimensions(EP_PLACE, const struct ep_array *array)
{
    ep_check_live(EP_PASS, array);
    return array->dimensions;
}
EP_INLINE ep_int ep_bytes(EP_PLACE, const struct ep_array *array)
{
    ep_check_live(EP_PASS, array);
    return (ep_int)(array->length * (EP_WORD / 8));
}
EP_INLINE struct ep_array *ep_flatten(EP_PLACE, struct ep_array *array)
{
    ep_enters(EP_PASS);
    ep->flatten(core, array);
    ep_came_back(EP_PASS);
    array->references++;
    return array;
}
EP_INLINE void ep_odd_sort_all(EP_PLACE, struct ep_array *array)
{
    ep_enters(EP_PASS);
    ep->odd_sort(core, array, array->length);
    ep_came_back(EP_PASS);
}

/* The element of an array or the character of a string, whichever it is. */
EP_INLINE ep_value ep_element_any(EP_PLACE, ep_value value, ep_int index)
{
    if (value.tag == EP_ARRAY)
        return ep_load_any(value.as.array, ep_slot_single(EP_PASS, value.as.array, index));
    if (value.tag != EP_STRING)
        ep_fail_kind(EP_PASS, value, "an array or a string");
    ep_enters(EP_PASS);
    struct ep_string *result = ep->string_index(core, value.as.string, index);
    ep_came_back(EP_PASS);
    return ep_box_string(result);
}

/* Sum and extremes of all elements. `of_ints`, `of_reals`: the cycles that an element of that kind takes. */
EP_INLINE void ep_pay_elements(EP_PLACE, const struct ep_array *array, int32_t of_ints, int32_t of_reals)
{
    EP_NOTE(site, 0);
    core->clock += array->length * (EP_CYCLES(array->kind == EP_REAL ? of_reals : of_ints) + array->read_price);
}
EP_APART ep_value ep_array_extreme(EP_PLACE, const struct ep_array *array, int sign, int32_t of_ints,
                                   int32_t of_reals)
{
    ep_check_live(EP_PASS, array);
    if (array->length == 0)
        ep_fail(EP_PASS, "an empty array has neither a smallest nor a largest element");
    int64_t best = 0;
    if (array->kind == EP_REAL) {
        const ep_real *reals = EP_REALS(array);
        for (int64_t i = 1; i < array->length; i++)
            best = (sign < 0 ? reals[i] < reals[best] : reals[i] > reals[best]) ? i : best;
    } else {
        const ep_int *ints = EP_INTS(array);
        for (int64_t i = 1; i < array->length; i++)
            best = (sign < 0 ? ints[i] < ints[best] : ints[i] > ints[best]) ? i : best;
    }
    ep_pay_elements(EP_PASS, array, of_ints, of_reals);
    return ep_load_any(array, best);
}
EP_INLINE ep_value ep_array_min(EP_PLACE, const struct ep_array *array, int32_t of_ints, int32_t of_reals)
{
    return ep_array_extreme(EP_PASS, array, -1, of_ints, of_reals);
}
EP_INLINE ep_value ep_array_max(EP_PLACE, const struct ep_array *array, int32_t of_ints, int32_t of_reals)
{
    return ep_array_extreme(EP_PASS, array, 1, of_ints, of_reals);
}
EP_APART ep_value ep_array_sum(EP_PLACE, const struct ep_array *array, int32_t of_ints, int32_t of_reals)
{
    ep_check_live(EP_PASS, array);
    ep_pay_elements(EP_PASS, array, of_ints, of_reals);
    if (array->kind == EP_REAL) {
        const ep_real *reals = EP_REALS(array);
        ep_real sum = 0;
        for (int64_t i = 0; i < array->length; i++)
            sum += reals[i];
        return ep_box_real(sum);
    }
    if (array->kind == EP_FUNCTION)
        ep_fail(EP_PASS, "functions have no sum");
    const ep_int *ints = EP_INTS(array);
    ep_int sum = 0;
    for (int64_t i = 0; i < array->length; i++)
        sum += ints[i];
    return ep_box_int(sum);
}

/* ---- ranges, counted loops and slices ---------------------------------------------------------------------- */

/* How many values range(start, stop, step) has. */
EP_INLINE ep_int ep_trip_count(EP_PLACE, ep_int start, ep_int stop, ep_int step, ep_bool inclusive)
{
    if (EP_UNLIKELY(step == 0))
        ep_fail(EP_PASS, "the step of a range is 0");
    ep_unsigned distance, stride;
    if (step > 0) {
        if (inclusive ? start > stop : start >= stop)
            return 0;
        distance = (ep_unsigned)stop - (ep_unsigned)start;
        stride = (ep_unsigned)step;
    } else {
        if (inclusive ? start < stop : start <= stop)
            return 0;
        distance = (ep_unsigned)start - (ep_unsigned)stop;
        stride = 0 - (ep_unsigned)step;
    }
    ep_unsigned count = inclusive ? distance / stride : (distance - 1) / stride;
    if (EP_UNLIKELY(count >= (ep_unsigned)EP_INT_MAX))
        ep_fail(EP_PASS, "the range has more numbers than an int can count");
    return (ep_int)(count + 1);
}

/* For the attempt at the top of a counted loop: how many iterations are to come, at the most `chunk`,
 * so that a look at the scheduler's flag follows soon. */
EP_INLINE int64_t ep_trips(int64_t first, int64_t bound, int64_t step, ep_bool inclusive, int64_t chunk)
{
    uint64_t distance, stride;
    if (step > 0) {
        if (inclusive ? first > bound : first >= bound)
            return 0;
        distance = (uint64_t)bound - (uint64_t)first;
        stride = (uint64_t)step;
    } else {
        if (step == 0 || (inclusive ? first < bound : first <= bound))
            return 0;
        distance = (uint64_t)first - (uint64_t)bound;
        stride = 0 - (uint64_t)step;
    }
    uint64_t more = inclusive ? distance / stride : (distance - 1) / stride;
    return more >= (uint64_t)chunk ? chunk : (int64_t)more + 1;
}
/* Whether all indices from `least` to `most` are inside a dimension. */
EP_INLINE ep_bool ep_inside(int64_t least, int64_t most, int64_t size)
{
    return least >= 0 && most < size && least <= most;
}

/* Bounds of a slice as Python reads them; present is a bit for each bound that is given. */
struct ep_bounds {
    int64_t start, stop, step;
};
EP_APART struct ep_bounds ep_slice_bounds(EP_PLACE, int64_t length, int present, ep_int start, ep_int stop,
                                           ep_int step)
{
    struct ep_bounds bounds = {0, 0, (present & 4) != 0 ? step : 1};
    if (EP_UNLIKELY(bounds.step == 0))
        ep_fail(EP_PASS, "the step of a slice is 0");
    int64_t lowest = bounds.step < 0 ? -1 : 0, highest = bounds.step < 0 ? length - 1 : length;
    int64_t from = (int64_t)start < 0 ? (int64_t)start + length : (int64_t)start;
    int64_t to = (int64_t)stop < 0 ? (int64_t)stop + length : (int64_t)stop;
    from = from < lowest ? lowest : from > highest ? highest : from;
    to = to < lowest ? lowest : to > highest ? highest : to;
    bounds.start = (present & 1) != 0 ? from : bounds.step < 0 ? highest : lowest;
    bounds.stop = (present & 2) != 0 ? to : bounds.step < 0 ? lowest : highest;
    return bounds;
}
EP_INLINE struct ep_array *ep_slice_array(EP_PLACE, const struct ep_array *array, int present, ep_int start,
                                          ep_int stop, ep_int step)
{
    struct ep_bounds at = ep_slice_bounds(EP_PASS, array->length, present, start, stop, step);
    ep_enters(EP_PASS);
    struct ep_array *result = ep->slice_array(core, array, at.start, at.stop, at.step);
    ep_came_back(EP_PASS);
    return result;
}
EP_INLINE struct ep_string *ep_slice_string(EP_PLACE, const struct ep_string *string, int present, ep_int start,
                                            ep_int stop, ep_int step)
{
    struct ep_bounds at = ep_slice_bounds(EP_PASS, string->characters, present, start, stop, step);
    ep_enters(EP_PASS);
    struct ep_string *result = ep->string_slice(core, string, at.start, at.stop, at.step);
    ep_came_back(EP_PASS);
    return result;
}
EP_INLINE ep_value ep_slice_any(EP_PLACE, ep_value value, int present, ep_int start, ep_int stop, ep_int step)
{
    if (value.tag == EP_ARRAY)
        return ep_box_array(ep_slice_array(EP_PASS, value.as.array, present, start, stop, step));
    if (value.tag != EP_STRING)
        ep_fail_kind(EP_PASS, value, "an array or a string");
    return ep_box_string(ep_slice_string(EP_PASS, value.as.string, present, start, stop, step));
}

#endif /* EPTRANS_ARRAYS_H */
