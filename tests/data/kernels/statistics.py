"""A linear congruential generator, sorting and statistics on lists."""
from math import sqrt
from parallel import numcores, reduce

state = 12345


def next_number(limit: int) -> int:
    global state
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % limit


def shell_sort(values: list) -> None:
    gap = len(values) // 2
    while gap > 0:
        for i in range(gap, len(values)):
            value = values[i]
            j = i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 2


def median(values: list) -> float:
    middle = len(values) // 2
    if len(values) % 2:
        return float(values[middle])
    return (values[middle - 1] + values[middle]) / 2


data = [0] * 200
for i in range(len(data)):
    data[i] = next_number(1000)
total = sum(data)
mean = reduce(total / len(data), "sum") / numcores()
squares = 0.0
for value in data:
    squares += (value - mean) ** 2
shell_sort(data)
print(data[:5], data[-5:], data[::50])
print(f"mean {mean:.3f}, deviation {sqrt(squares / len(data)):.3f}, median {median(data)}")
print(f"{min(data):>6}|{max(data):<6}|{total:,}|{total:08d}")
