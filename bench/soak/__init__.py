"""``jettison soak`` held against small apps of which it is known what they keep: `apps`, each with its truth."""
