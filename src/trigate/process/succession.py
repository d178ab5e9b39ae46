"""Children started beside those that serve, to take their places over: all of them or none."""

from trigate.config.config import Config
from trigate.process import channel
from trigate.process.child import Child
from trigate.process.doors import Doors, close_others, steer_callers
from trigate.process.seat import Seat, seats
from trigate.process.supervisor import Supervisor


class Succession:
    """Callers are let in by both until it is known who stays: nobody is ever refused."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._doors, self._control, self._workers = supervisor.doors, supervisor.control, supervisor.workers
        self._aside: list[tuple[Seat, Child | None]] = []

    def begin(self, config: Config, doors: Doors, control: Doors | None = None) -> None:
        """Start the workers of `config`, and with doors for it also a control process; the others go on."""
        supervisor = self._supervisor
        leaving = [*self._workers, self._control] if control is not None else self._workers
        self._aside = [(seat, supervisor.take_aside(seat)) for seat in leaving]
        supervisor.spare += [supervisor.doors, self._control.doors]
        supervisor.doors = doors
        supervisor.workers = seats(doors, config.inbound.workers)
        if control is not None:
            supervisor.control = Seat("control", control)
            supervisor.fill(supervisor.control, config)
        for seat in supervisor.workers:
            supervisor.fill(seat, config)

    @property
    def seats(self) -> list[Seat]:
        """Those of the successors."""
        changed = self._supervisor.control is not self._control
        return self._supervisor.seats if changed else self._supervisor.workers

    def ready(self) -> bool:
        """Whether all successors serve."""
        return all(seat.ready for seat in self.seats)

    def going_well(self) -> bool:
        """Whether no successor has died."""
        return all(seat.child is not None for seat in self.seats)

    def complete(self, drain_seconds: float) -> None:
        """The successors have it: let the others finish and go, workers before the control process they know."""
        supervisor = self._supervisor
        steer_callers(supervisor.doors, len(supervisor.workers))
        for seat, child in self._aside:
            if child is not None and child.status is None:
                if seat is self._control:
                    child.order(channel.Retire())
                else:
                    supervisor.send_away(child, drain_seconds)
        self._let_go(self._doors, self._control.doors)

    def undo(self) -> None:
        """End the successors; the others go on as if nothing had been."""
        supervisor = self._supervisor
        unused = supervisor.doors, supervisor.control.doors
        for seat in self.seats if self._aside else ():
            child = supervisor.take_aside(seat)
            if child is not None:
                child.kill()
        supervisor.doors, supervisor.control, supervisor.workers = self._doors, self._control, self._workers
        for seat, child in self._aside:
            supervisor.put_back(seat, child)
        self._let_go(*unused)

    def _let_go(self, *doors: Doors) -> None:
        supervisor = self._supervisor
        supervisor.spare.clear()
        for each in doors:
            close_others(each, (supervisor.doors, supervisor.control.doors))
