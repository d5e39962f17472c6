"""When to kill a process."""
from harness import SLOW


class Moments:
    """Seconds from a start to the kill: during the start, while it collects, and sometimes when it rests. They keep their
    meaning on a busy machine, because the pace follows how often something had been stored by then."""

    MOST_PACE = 30
    WATCHED = 20

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
        if len(self.stored) % self.WATCHED:
            return
        share = sum(self.stored[-self.WATCHED:]) / self.WATCHED
        if share < 0.4:
            self.pace = min(self.pace * 1.3, self.MOST_PACE)
        elif share > 0.7:
            self.pace = max(self.pace / 1.3, self.least)

    def meaningful(self):
        """Whether at least a fifth came after something was stored; otherwise they show nothing."""
        return sum(self.stored) > len(self.stored) / 5
