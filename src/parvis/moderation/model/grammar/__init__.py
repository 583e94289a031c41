"""A compositional generator of labelled sentences, in English and French, for training and for a targeted test suite."""
