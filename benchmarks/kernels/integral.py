# The area under 4/(1+x*x) from 0 to 1 in 3,000 strips, as a beginner writes it: a small function in the loop.
N = 3000


def height(x):
    return 4.0 / (1.0 + x * x)


def strip(k, width):
    return height((k + 0.5) * width) * width


repeats = int(input())
width = 1.0 / N
total = 0.0
for r in range(repeats):
    area = 0.0
    for k in range(N):
        area = area + strip(k, width)
    total = total * 0.5 + area
print(total)
