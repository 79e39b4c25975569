from cabin.calendar import Calendar, Taken
from cabin.stay import Stay

__all__ = ["Calendar", "Stay", "Taken"]
