"""`emgd doctor`: is the board, the wiring and this PC fit to record?"""
