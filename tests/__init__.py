"""What the gateway promises, as programs: one test file per source file, and whole journeys beside them."""
