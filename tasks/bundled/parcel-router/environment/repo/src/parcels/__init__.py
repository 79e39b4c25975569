"""Ways for parcels through a town of hills, bridges and one-way streets."""
