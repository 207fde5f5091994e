"""The forecaster of waves: network, recipes, training, runs, reports."""
