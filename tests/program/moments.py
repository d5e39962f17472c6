"""When to kill a process."""
from harness import SLOW


class Moments:
    """Seconds from a start to the kill: during the start, while it collects, and sometimes when it rests. They keep their
    meaning on a busy machine, because each kill tells whether the next should come later: the steps are such that a little
    less than half come after something was stored, and several in vain make a large one."""

    MOST_PACE = 30
    LATER, SOONER = 1.12, 1.15
    IN_VAIN, MUCH_LATER = 3, 1.5

    def __init__(self, chance, starting=(0.3, 0.0, 0.15), working=(0.1, 0.6)):
        self.chance = chance
        self.starting = starting
        self.working = working
        self.least = self.pace = 3 if SLOW else 1
        self.stored = []

    def next(self):
        kind = self.chance.random()
        share, first, last = self.starting
        if kind < share:
            return self.pace * self.chance.uniform(first, last)
        if kind < 0.95:
            return self.pace * self.chance.uniform(*self.working)
        return self.pace * self.chance.uniform(self.working[1], 2.0)

    def note(self, stored):
        """Whether something was stored between the last start and its kill."""
        self.stored.append(bool(stored))
        if stored:
            self.pace = max(self.pace / self.SOONER, self.least)
        else:
            in_vain = not any(self.stored[-self.IN_VAIN:])
            self.pace = min(self.pace * (self.MUCH_LATER if in_vain else self.LATER), self.MOST_PACE)

    def times(self, kills):
        """Counts the kills: so many, and more (up to four times as many) while too few of them show anything."""
        number = 0
        while number < kills or (number < 4 * kills and not self.meaningful()):
            yield number
            number += 1

    def meaningful(self):
        """Whether at least a fifth came after something was stored; otherwise they show nothing."""
        return sum(self.stored) > len(self.stored) / 5
