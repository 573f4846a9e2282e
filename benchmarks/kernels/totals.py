# Totals of 3,000 numbers, as a beginner writes them: while loops at module level, over variables that a
# function reads too.
N = 3000


def show():
    print(i, total, squares, above)


repeats = int(input())
numbers = [0] * N
i = 0
total = 0
squares = 0
above = 0
checksum = 0
for r in range(repeats):
    i = 0
    while i < N:
        numbers[i] = (i * 31 + r) % 1009
        i = i + 1
    total = 0
    squares = 0
    i = 0
    while i < N:
        total = total + numbers[i]
        squares = squares + numbers[i] * numbers[i]
        i = i + 1
    above = 0
    i = 0
    while i < N:
        if numbers[i] * N > total:
            above = above + 1
        i = i + 1
    checksum = (checksum * 31 + total + squares % 1009 + above) % 1000003
print(checksum)
