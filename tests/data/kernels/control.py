"""Control flow, functions, recursion and text, as Python means them."""

calls = 0


def collatz(n: int) -> int:
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def hanoi(disks: int, a: str, b: str, c: str) -> None:
    global calls
    calls += 1
    if disks == 0:
        return
    hanoi(disks - 1, a, c, b)
    if disks > 3:
        print(f"disk {disks}: {a} -> {c}")
    hanoi(disks - 1, b, a, c)


def roman(n: int) -> str:
    text = ""
    values = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1]
    letters = "M CMD CDC XCL XLX IXV IVI "
    for i in range(len(values)):
        while n >= values[i]:
            text += letters[2 * i] + ("" if letters[2 * i + 1] == " " else letters[2 * i + 1])
            n -= values[i]
    return text


def classify(x: float, low: float = -1.0, high: float = 1.0) -> str:
    if x < low:
        return "low"
    elif low <= x <= high:
        return "inside"
    return "high"


best = 0
for start in range(1, 1000):
    length = collatz(start)
    if length > collatz(best) if best else True:
        best = start
print(best, collatz(best))
hanoi(5, "left", "middle", "right")
print(calls, "calls")
print(roman(1994), roman(2024), roman(49))
print(classify(-3), classify(0.5), classify(5), classify(5, 0, 10), classify(1, high=0.5))
for i in range(3):
    for j in range(5):
        if j == i + 1:
            break
        print(i, j, end="; ")
    else:
        print("never")
else:
    print("all done")
print(7 // 2, -7 // 2, 7 % -3, -7 % 3, 7 / 2, 2 ** 10, 2 ** -2, -2 ** 2, 6 ^ 3, ~6, 1 << 10, -17 >> 2)
print(True + 1, not 0, 1 < 2 < 3, 3 > 2 > 2, 0 or "x", 0 and 1, None is None)
print(round(2.5), round(-1.5), int(-3.7), abs(-3), min(2, 1.5), max(1, 2, 3), sum([1, 2, 3]), 0.1 + 0.2, 1e100)
