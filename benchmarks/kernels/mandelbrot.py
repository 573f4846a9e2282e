# Mandelbrot: steps until a point escapes, summed over a picture that moves a little each time.
WIDTH = 64
HEIGHT = 48
LIMIT = 100


def escape(a, b, limit):
    x = 0.0
    y = 0.0
    n = 0
    while n < limit and x * x + y * y <= 4.0:
        t = x * x - y * y + a
        y = 2.0 * x * y + b
        x = t
        n += 1
    return n


def picture(left):
    total = 0
    for row in range(HEIGHT):
        b = row * 2.5 / HEIGHT - 1.25
        for column in range(WIDTH):
            total += escape(column * 3.0 / WIDTH + left, b, LIMIT)
    return total


repeats = int(input())
total = 0
for r in range(repeats):
    total = (total + picture(-2.0 - r % 8 * 0.03125)) % 1000003
print(total)
